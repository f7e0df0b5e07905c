"""Processes that are killed in the midst of what must be whole: nothing half-done, nothing lost that was answered.

A process dies at the last exchanges of each deed, where it writes, and at a few before; with `--kills 20` at every one
of them, in twenty rounds or more (`make soak`).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.faults.deeds import Acceptance, Deed, Enrolment, Redemption, Refresh, Rotation, stage
from tests.support.mortal import Mortals
from tests.support.provider import Provider

LAST = 6
"""Exchanges before the end at which a process dies, each in turn."""


@dataclass(frozen=True)
class Stage:
    """A node that stays, processes that die, and in how many rounds at least (0: a few)."""

    provider: Provider
    dying: Mortals
    kills: int


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def set_up(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """On each database."""
    with stage(request, request.param) as (provider, dying):
        yield Stage(provider, dying, request.config.getoption("--kills"))


def moments(steps: int, kills: int) -> list[int]:
    """Return before which exchanges to die, the last moment before the answer included."""
    if kills:
        return [*range(1, steps + 1)] * max(1, math.ceil(kills / steps))
    return [*range(1, steps - LAST, max(1, (steps - LAST) // 2)), *range(max(1, steps - LAST), steps + 1)]


def killed_over(make: Callable[[Provider], Deed], stage: Stage) -> None:
    """Let it happen once, then let a process die over it at each of its moments."""
    deed, dying = make(stage.provider), stage.dying
    deed.prepare()
    whole = deed.do(dying, 0)
    deed.check(whole)
    for moment in moments(whole.steps, stage.kills):
        deed.prepare()
        life = deed.do(dying, moment)
        assert life.is_killed, f"it got past exchange {moment} of {whole.steps}"
        deed.check(life)


def test_flt_01_killed_over_a_code(set_up: Stage) -> None:
    """FLT-01: after a restart the code is good or its tokens were issued, and never two sets."""
    killed_over(Redemption, set_up)


def test_flt_01_killed_over_a_refresh_token(set_up: Stage) -> None:
    """FLT-01: after a restart the same refresh token leads on, to one successor."""
    killed_over(Refresh, set_up)


def test_flt_02_killed_over_a_factor(set_up: Stage) -> None:
    """FLT-02: whoever was not answered proves again; a used code stays used; there is no session in between."""
    killed_over(Acceptance, set_up)


def test_flt_02_killed_over_an_enrolment(set_up: Stage) -> None:
    """FLT-02: an app that takes another's place does so wholly, or not at all."""
    killed_over(Enrolment, set_up)


def test_flt_05_killed_over_a_rotation(set_up: Stage) -> None:
    """FLT-05: after a restart every key that signs is published, and one of each algorithm signs."""
    killed_over(Rotation, set_up)
