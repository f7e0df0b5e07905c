"""One look at risk, for the page and the API: the figures of the last days, the shares in force and those tried."""

from dataclasses import dataclass
from datetime import datetime

from idp.admin.risk.service import Figures, Shares, figures
from idp.core.clock import Clock
from idp.login.assessing.assessor import Assessor
from idp.login.observing.sources import Source, Sources
from idp.login.policies import Policies
from idp.storage.tx import Tx

CHALLENGE, HIGH = "challenge", "high"
MOST = 50.0
"""Percent: whoever wants to ask more often than every other time should ask always, by a rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Shares of legitimate sign-ins to try, in percent."""

    challenge: float
    high: float

    @property
    def wrong(self) -> str:
        """Return which of the two may not be; empty: both may."""
        if not 0 <= self.challenge <= MOST:
            return CHALLENGE
        return "" if 0 <= self.high <= self.challenge else HIGH

    @property
    def shares(self) -> Shares:
        """Return them as policies write them."""
        return self.challenge / 100, self.high / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that is shown."""

    figures: Figures
    live: Wish
    tried: Wish
    sources: tuple[Source, ...]
    at: datetime


class RiskDesk:
    """Looks at risk. It changes nothing: bands are the policy's (`risk: {challenge: 5%, high: 0.5%}`)."""

    def __init__(self, *, policies: Policies, assessor: Assessor, sources: Sources, clock: Clock) -> None:
        self._policies = policies
        self._assessor = assessor
        self._sources = sources
        self._clock = clock

    def live(self, tx: Tx) -> Wish:
        """Return the shares in force, without the dust of binary fractions."""
        risk = self._policies.live(tx).risk
        return Wish(challenge=round(100 * risk.challenge, 9), high=round(100 * risk.high, 9))

    def seen(self, tx: Tx, tried: Wish) -> Seen:
        """Return the figures, and what these shares would have done."""
        now, live = self._clock.now(), self.live(tx)
        found = figures(tx, self._assessor.population(tx, now), shares=live.shares, wished=tried.shares, now=now)
        return Seen(figures=found, live=live, tried=tried, sources=self._sources.present(now), at=now)
