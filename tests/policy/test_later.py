"""How long what a grant is worth stays the same: up to the moment that is told, and nothing but the facts matters."""

from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from idp.core.assurance import Evidence
from idp.policy.facts import REGISTRY, changes_with_time
from idp.policy.later import Worth, recompute
from idp.policy.model import Demand, Enrolled, Facts
from tests.policy.kit import FIRST, MFA, NOW, PHR, TWO, a_bundle, credential, proof, span
from tests.policy.test_engine import acr_lists, enrolled, evidence

REST = f"enrolment: {{in_flow: {MFA}, hold: 1h}}\n"
DENYING = a_bundle("{id: a, if: {user.reach: {at_least: phr}}, deny: too_strong}", rest=REST)
MINUTES = st.integers(1, 60 * 60)


def worth(
    given_proofs: tuple[Evidence, ...],
    held: tuple[Enrolled, ...],
    now: datetime,
    *,
    asked: tuple[str, ...] = (),
    granted: str = PHR,
    bundle=DENYING,
    **values: object,
) -> Worth:
    facts = Facts(demand=Demand(client_id="bank"), interaction_id="", user_id="ada", values=values)
    return recompute(bundle, facts, given_proofs, held, asked=asked, granted=granted, now=now)


def said(found: Worth) -> tuple[object, ...]:
    return found.acr, found.level, found.lapses_at, found.denied


@given(evidence, enrolled, acr_lists, st.sampled_from([FIRST, TWO, MFA, PHR]), MINUTES)
@example((proof("password@23h"), proof("totp@23h")), (credential("password"), credential("totp")), (), MFA, 59)
def test_the_same_facts_are_worth_the_same_until_the_moment_that_is_told(
    given_proofs: tuple[Evidence, ...],
    held: tuple[Enrolled, ...],
    asked: tuple[str, ...],
    granted: str,
    minutes: int,
) -> None:
    """No proof lapses and no new factor begins to count before it: a minute there, or its last instant."""
    now = worth(given_proofs, held, NOW, asked=asked, granted=granted)
    assert now.same_until > NOW
    last = now.same_until - datetime.resolution
    for moment in (NOW + timedelta(minutes=minutes), last):
        if moment <= last:
            assert said(worth(given_proofs, held, moment, asked=asked, granted=granted)) == said(now)


def test_it_ends_when_the_level_lapses() -> None:
    """At that moment it is another."""
    proofs, held = (proof("password@2h"), proof("totp@2h")), (credential("password"), credential("totp"))
    assert worth(proofs, held, NOW).same_until == NOW + span("22h")
    assert worth(proofs, held, NOW + span("22h")).level == TWO
    assert worth(proofs[:1], held, NOW).same_until.year == 9999


def test_it_ends_when_a_new_factor_counts() -> None:
    """A factor held back for an hour lifts the level again when the hour is over."""
    held = (credential("password"), credential("passkey", since=NOW - span("20m")))
    proofs = (proof("password@5m"), proof("passkey@5m"))
    young = worth(proofs, held, NOW)
    assert (young.level, young.same_until) == (MFA, NOW + span("40m"))
    assert worth(proofs, held, young.same_until).level == PHR


@pytest.mark.parametrize(
    ("rule", "is_settled"),
    [
        ("{id: a, if: {user.age: {gt: 30d}}, deny: too_old}", False),
        ("{id: a, if: {user.last_sign_in: {gt: 30d}}, deny: dormant}", False),
        ("{id: a, if: {'time.hour@Asia/Tokyo': {ge: 18}}, deny: closed}", False),
        ("{id: a, if: {time.weekday: {eq: sun}}, deny: closed}", False),
        ("{id: a, if: {user.groups: {contains_any: [gone]}}, deny: has_left}", True),
        ("{id: a, if: {time.hour: {ge: 18}}, require: {acr: mfa}}", True),
    ],
)
def test_nobody_can_say_how_long_where_a_rule_that_denies_reads_the_time(rule: str, is_settled: bool) -> None:
    """It may match a moment later."""
    found = worth((proof("password@5m"),), (credential("password"),), NOW, bundle=a_bundle(rule))
    assert (found.same_until > NOW) is is_settled


def test_facts_that_change_with_time() -> None:
    """All durations, and what the clock says."""
    assert {name for name in REGISTRY if changes_with_time(name)} == {
        "user.age",
        "user.last_sign_in",
        "device.age",
        "session.age",
        "session.idle",
        "time.hour",
        "time.weekday",
    }
