"""All inputs of risk together: what one sign-in shows, and which inputs are there and how old they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from idp.login.observing.agents import agent_of
from idp.login.observing.lists import AddressLists
from idp.login.observing.places import Found, Places
from idp.risk.assess import Health
from idp.risk.model import Visit
from idp.risk.observation import Observation
from idp.web.current import Browser


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One input as an operator sees it."""

    name: str
    health: Health
    dated: datetime | None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one sign-in shows."""

    observation: Observation
    visit: Visit
    lists: tuple[str, ...]
    health: Mapping[str, Health]


class Sources:
    """Reads whatever is installed."""

    def __init__(self, *, city: Path | None = None, asn: Path | None = None, lists: Path | None = None) -> None:
        self._places = Places(city=city, asn=asn)
        self._lists = AddressLists(lists)

    def sight(self, browser: Browser, now: datetime) -> Sighting:
        """Return what is seen of a browser. An address that cannot be known is like an input that failed (SES-23)."""
        found = self._places.find(browser.address, now)
        lists = self._lists.signals(browser.address)
        health = {**found.health, "lists": self._lists.health(now)}
        if not browser.address:
            health["address"] = Health.FAILED
        visit = Visit(
            at=now,
            country=found.country,
            provider=found.provider,
            place=found.place,
            is_shared=not {"hosting", "vpn", "tor_exit"}.isdisjoint(lists),
        )
        return Sighting(observation=_observation(browser, found, now), visit=visit, lists=lists, health=health)

    def present(self, now: datetime) -> tuple[Source, ...]:
        """Return every input: whether it is there, how it is and how old."""
        health, dated = self._places.health(now), self._places.built_at()
        places = tuple(Source(name=name, health=health[name], dated=dated[name]) for name in health)
        lists = tuple(
            Source(
                name=each.name,
                health=Health.STALE if now - each.changed_at > each.stale_after else Health.FRESH,
                dated=each.changed_at,
                size=each.size,
            )
            for each in self._lists.lists
        )
        broken = tuple(Source(name=name, health=Health.FAILED, dated=None) for name in self._lists.unreadable)
        none = () if lists or broken else (Source(name="lists", health=self._lists.health(now), dated=None),)
        return (*places, *lists, *broken, *none)


def _observation(browser: Browser, found: Found, now: datetime) -> Observation:
    agent = agent_of(browser.user_agent)
    return Observation(
        at=now,
        country=found.country,
        provider=found.provider,
        address=browser.address,
        device=agent.device,
        system=agent.system,
        system_version=agent.system_version,
        browser=agent.browser,
        browser_version=agent.browser_version,
        agent=browser.user_agent,
        cookie=browser.device,
    )
