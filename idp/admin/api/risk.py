"""Risk, through the API: bands, scores, reasons, inputs, and what other shares would have done to the past."""

from dataclasses import dataclass
from typing import Annotated

import msgspec

from idp.admin import access
from idp.admin.api.calls import AdminOperation, Call, Mistake, Moment, Query, refused
from idp.admin.risk.looking import MOST, RiskDesk, Seen, Wish
from idp.admin.risk.service import DAYS
from idp.risk.inputs import Health
from idp.risk.words import words_of

Percent = Annotated[float, msgspec.Meta(ge=0, le=MOST, description="Percent of legitimate sign-ins")]


class Tried(Query, frozen=True, kw_only=True):
    """Shares to try on the past, in percent; what is left out is as the policy in force has it."""

    challenge: Percent | None = None
    high: Percent | None = None


class SharesShown(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the legitimate sign-ins are to be unusual or more, and how many high, in percent."""

    challenge: float
    high: float


class BandShown(msgspec.Struct, frozen=True, kw_only=True):
    """One band: from which percentile and score on, its sign-ins, what people said of them, how many would be in it."""

    name: str
    percentile: float | None
    points: float | None
    """Of people with a past; `first_points` of those without."""
    first_points: float | None
    sign_ins: int
    was_me: int
    was_not_me: int
    would: int


class ScoresShown(msgspec.Struct, frozen=True, kw_only=True):
    """Sign-ins of people with a past whose score is from `low` to below `high`."""

    low: int
    high: int
    sign_ins: int
    unusual: int


class ChangeShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the tried shares would have done: unusual sign-ins as they were, as they would be, and the difference."""

    unusual: int
    would: int
    more: int
    fewer: int
    fewer_not_me: int
    """Of the fewer: those that people have said were not theirs."""


class ReasonShown(msgspec.Struct, frozen=True, kw_only=True):
    """One reason, and in how many unusual sign-ins it was named."""

    code: str
    words: str
    sign_ins: int


class InputShown(msgspec.Struct, frozen=True, kw_only=True):
    """One input: how it is, how old, how large."""

    name: str
    health: Health
    dated: Moment | None
    entries: int | None


class RiskShown(msgspec.Struct, frozen=True, kw_only=True):
    """How unusual the sign-ins of the last days were, and why."""

    days: int
    total: int
    is_partial: bool
    """Whether there were more, and these are the newest."""
    recorded_only: int
    """Of these, no rule saw the risk."""
    learned: int
    """Sign-ins that the scale has learned from."""
    has_own_scale: bool
    """Whether a band begins where this service's own sign-ins say; otherwise where a shipped scale does."""
    live: SharesShown
    tried: SharesShown
    bands: tuple[BandShown, ...]
    scores: tuple[ScoresShown, ...]
    change: ChangeShown
    reasons: tuple[ReasonShown, ...]
    inputs: tuple[InputShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskOperations:
    """The use case behind the operation."""

    desk: RiskDesk

    def all(self) -> tuple[AdminOperation, ...]:
        """Return the one there is: bands are changed in the policy."""
        return (
            AdminOperation(verb="GET", path="/risk", name="readRisk", handle=self.read, action=access.CONSOLE,
                           asks=Tried, gives=RiskShown, refusals={"422": "more would be high than challenged"},
                           summary="How unusual sign-ins were, why, and what other bands would have done"),
        )  # fmt: skip

    def read(self, call: Call) -> RiskShown:
        """Return the figures."""
        asked, live = call.query, self.desk.live(call.tx)
        wish = Wish(
            challenge=live.challenge if asked.challenge is None else asked.challenge,
            high=live.high if asked.high is None else asked.high,
        )
        if wish != live and wish.wrong:
            wrong = (Mistake(detail="must not be more than challenge", field=wish.wrong),)
            raise refused("These shares may not be", errors=wrong)
        return _shown(self.desk.seen(call.tx, wish))


def _shown(seen: Seen) -> RiskShown:
    found = seen.figures
    return RiskShown(
        days=DAYS,
        total=found.total,
        is_partial=found.is_partial,
        recorded_only=found.recorded_only,
        learned=found.learned,
        has_own_scale=found.has_own_scale,
        live=SharesShown(challenge=seen.live.challenge, high=seen.live.high),
        tried=SharesShown(challenge=seen.tried.challenge, high=seen.tried.high),
        bands=_bands(seen),
        scores=tuple(
            ScoresShown(low=each.low, high=each.high, sign_ins=each.counted, unusual=each.asked) for each in found.bars
        ),
        change=ChangeShown(
            unusual=found.change.asked,
            would=found.change.would,
            more=found.change.more,
            fewer=found.change.fewer,
            fewer_not_me=found.change.fewer_not_me,
        ),
        reasons=tuple(ReasonShown(code=code, words=words_of(code), sign_ins=count) for code, count in found.reasons),
        inputs=tuple(
            InputShown(name=each.name, health=each.health, dated=each.dated, entries=each.size) for each in seen.sources
        ),
    )


def _bands(seen: Seen) -> tuple[BandShown, ...]:
    return tuple(
        BandShown(
            name=each.name,
            percentile=each.percentile,
            points=each.points,
            first_points=each.first_points,
            sign_ins=each.counted,
            was_me=each.was_me,
            was_not_me=each.was_not_me,
            would=each.would,
        )
        for each in seen.figures.bands
    )
