"""Own factors as Python packages offer them: found, and every mistake told before anything starts (F10)."""

from pathlib import Path

import pytest

from idp.cli.own_factors import installed_traits, own_factors
from idp.core.errors import ConfigError
from tests.cli.conftest import Idp
from tests.support.verifier import NAME, Verifier

MODULE = """
from dataclasses import replace
from idp.core.assurance import FactorTraits, Kind
from tests.support.badge import BADGE
TWO_KINDS = replace(BADGE, traits=FactorTraits("badge", frozenset({Kind.HAVE, Kind.ARE}), "badge", ()))
TAKEN = replace(BADGE, traits=FactorTraits("totp", frozenset({Kind.HAVE}), "badge", ()))
NAMELESS = replace(BADGE, names={})
NOTHING = None
"""


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which a package that is installed names its entry points."""
    (tmp_path / "made_up_badge.py").write_text(MODULE)
    info = tmp_path / "made_up_badge-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up-badge\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    return info / "entry_points.txt"


def test_own_factors_are_found(offer: Path) -> None:
    """A package that is installed is all it takes."""
    assert own_factors() == ()
    offer.write_text("[idp.factors]\nbadge = made_up_badge:BADGE\n")
    (own,) = own_factors()
    assert own.traits.name == "badge"
    assert "badge" in installed_traits()


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("made_up_badge:TWO_KINDS", "at most one kind"),
        ("made_up_badge:TAKEN", "'totp' is defined twice"),
        ("made_up_badge:NAMELESS", "has no English name"),
        ("made_up_badge:NOTHING", "is not an OwnFactor"),
        ("made_up_badge:MISSING", "does not load: AttributeError"),
        ("no_such_module:BADGE", "does not load: ModuleNotFoundError"),
    ],
)
def test_own_factors_with_mistakes_start_nothing(offer: Path, named: str, words: str) -> None:
    """All mistakes at once, by the entry point's name."""
    offer.write_text(f"[idp.factors]\nbadge = {named}\nworse = made_up_badge:NOTHING\n")
    with pytest.raises(ConfigError) as error:
        own_factors()
    assert words in str(error.value)
    assert "idp.factors: worse: is not an OwnFactor" in str(error.value)


def test_own_factors_are_known_to_the_command_line(offer: Path, idp: Idp, tmp_path: Path) -> None:
    """A bundle that names one is checked with it, and is a mistake without it."""
    source = Path("policies", "demo.yaml").read_text()
    bundle = tmp_path / "badged.yaml"
    bundle.write_text(source.replace("order: [passkey, password, ", "order: [passkey, password, badge, "))
    assert idp("policy", "lint", str(bundle)).exit_code != 0
    offer.write_text("[idp.factors]\nbadge = made_up_badge:BADGE\n")
    assert idp("policy", "lint", str(bundle)).exit_code == 0
    offer.write_text("[idp.factors]\nbadge = made_up_badge:NOTHING\n")
    refused = idp("policy", "lint", str(bundle))
    assert refused.exit_code != 0
    assert "is not an OwnFactor" in refused.output + refused.stderr


def test_external_verifiers_are_known_to_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle that names one is checked with no other setting at hand."""
    assert NAME not in installed_traits()
    monkeypatch.setenv("IDP_VERIFIERS", Verifier().declared())
    assert NAME in installed_traits()
    monkeypatch.setenv("IDP_VERIFIERS", "{}")
    with pytest.raises(ConfigError, match="IDP_VERIFIERS: must be a JSON list of verifiers"):
        installed_traits()
