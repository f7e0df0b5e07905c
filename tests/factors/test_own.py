"""What an own factor must be like (F10)."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from idp.core.assurance import FactorTraits, Kind
from idp.factors.own import OwnFactor, mistakes
from tests.support.badge import BADGE, Badge


class Renamed(Badge):
    name = "other"


class Shown:
    """A factor that nobody sets up by hand."""

    name = "badge"
    input_name = "code"
    is_slow = False
    sending = None

    def begin(self, *_: Any, **__: Any) -> Any: ...
    def verify(self, *_: Any, **__: Any) -> Any: ...


def broken(**_: Any) -> Any:
    raise RuntimeError("no")


def test_own_factor_in_order_has_no_mistakes() -> None:
    """The made-up one is as it should be."""
    assert list(mistakes(BADGE)) == []


def test_own_factor_that_nobody_sets_up_needs_no_page_for_it(tmp_path: Path) -> None:
    """One page is enough then."""
    (tmp_path / "login" / "challenge").mkdir(parents=True)
    (tmp_path / "login" / "challenge" / "badge.html").write_text("<input id=code name=code>")
    assert list(mistakes(replace(BADGE, build=Shown, templates=tmp_path))) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"traits": FactorTraits("badge", frozenset({Kind.HAVE}), "badge", ("mfa",))}, "may claim: mfa"),
        ({"traits": FactorTraits("badge", frozenset(), "badge", ("badge",))}, "may claim: badge"),
        ({"names": {"ja": "社員証"}}, "no English name"),
        ({"build": broken}, "cannot be built: RuntimeError"),
        ({"build": Renamed}, "not called 'badge'"),
        ({"templates": Path("nowhere")}, "no page login/challenge/badge.html"),
    ],
    ids=["concluded", "unregistered", "nameless", "broken", "misnamed", "without pages"],
)
def test_own_factor_is_told_what_is_wrong(changes: Mapping[str, Any], words: str) -> None:
    """In words for whoever installed it."""
    own: OwnFactor = replace(BADGE, **changes)
    assert words in "; ".join(mistakes(own))
