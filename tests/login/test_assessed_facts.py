"""An assessment as facts for policy: what failed is unknown, each fact by itself."""

from datetime import UTC, datetime

import pytest

from idp.login.assessing.facts import assessed_facts, reasons_of
from idp.policy.model import Mark
from idp.risk.model import FAILED, Assessment, Term, Visit

NOW = datetime(2026, 3, 4, tzinfo=UTC)
HOME = Visit(at=NOW, country="NO", provider="29695")


def facts(*signals: str, band: str = "low", is_recorded_only: bool = False) -> dict[str, object]:
    return dict(
        assessed_facts(
            Assessment(
                user_id="dora",
                visit=HOME,
                before=None,
                score=0.0,
                percentile=9.0,
                band=band,
                signals=signals,
                is_recorded_only=is_recorded_only,
            )
        )
    )


@pytest.mark.parametrize(
    ("signal", "unknown"),
    [
        ("lists_failed", {"net.hosting", "net.tor", "risk.listed_address", "risk.signals"}),
        ("city_failed", {"net.country", "travel.kmh", "travel.km"}),
        ("asn_failed", {"net.asn"}),
        ("mail_domains_failed", {"risk.signals"}),
    ],
)
def test_what_hangs_on_a_failed_input_is_unknown(signal: str, unknown: set[str]) -> None:
    """A rule that reads `net.tor` alone is not easier to pass because the list of exits broke (FLT-45)."""
    found = facts(signal, band="unknown")
    assert {name for name, value in found.items() if value is Mark.UNKNOWN} == unknown | {"risk.band"}


def test_where_everything_failed_everything_is_unknown() -> None:
    """Whatever single fact a rule reads; what is known anyway, the address, is not risk's to tell."""
    found = facts(FAILED, band="unknown")
    assert set(found.values()) == {Mark.UNKNOWN}
    assert {"risk.velocity", "risk.spray", "travel.kmh", "net.country", "net.tor", "risk.percentile"} <= set(found)


def test_an_input_that_was_never_installed_is_absent() -> None:
    """Neither known nor unknown: every test of it is false."""
    found = facts("lists_absent", "city_absent")
    assert not {"net.tor", "net.hosting"} & set(found)
    assert found["risk.band"] == "low"


@pytest.mark.parametrize("signal", ["lists_failed", FAILED])
def test_where_risk_is_only_recorded_no_rule_sees_it(signal: str) -> None:
    """Not even that it failed; what the network is stays a fact."""
    found = facts(signal, band="unknown", is_recorded_only=True)
    assert not [name for name in found if name.startswith(("risk.", "travel."))]
    assert found["net.tor"] is Mark.UNKNOWN


def test_reasons_are_what_somebody_would_name() -> None:
    """The weightiest first; not what merely takes back or evens out."""
    terms = (Term("provider_new", 1.0), Term("country_new", 4.0), Term("network_copied", 3.0), Term("long_past", 0.6))
    found = Assessment(user_id="dora", visit=HOME, before=None, score=0.0, percentile=9.0, band="low", terms=terms)
    assert reasons_of(found) == ("country_new", "provider_new")
