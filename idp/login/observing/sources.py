"""All inputs of risk together: what one sign-in shows, and which inputs are there and how old they are.

What a browser tells of its device when asked (User-Agent Client Hints) counts where it is sent; most send nothing,
which is neither usual nor new.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from idp.login.observing.lines import signals_of
from idp.login.observing.lists import AddressLists
from idp.login.observing.mail_domains import MailDomains
from idp.login.observing.places import Found, Places
from idp.risk.inputs import Health
from idp.risk.model import Visit
from idp.risk.observation import Observation
from idp.web.agents import agent_of
from idp.web.current import Browser


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One input as an operator sees it."""

    name: str
    health: Health
    dated: datetime | None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachable:
    """Where the person is reached, as far as it was proved; empty where nothing is known."""

    mail: str = ""
    phone: str = ""


NOWHERE = Reachable()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one sign-in shows."""

    observation: Observation
    visit: Visit
    lists: tuple[str, ...]
    person: tuple[str, ...]
    """What is to be said of where the person is reached."""
    health: Mapping[str, Health]


class Sources:
    """Reads whatever is installed."""

    def __init__(
        self,
        *,
        city: Path | None = None,
        asn: Path | None = None,
        lists: Path | None = None,
        mail_domains: Path | None = None,
    ) -> None:
        self._places = Places(city=city, asn=asn)
        self._lists = AddressLists(lists)
        self._mail_domains = MailDomains(mail_domains)

    def sight(self, browser: Browser, now: datetime, *, reached: Reachable = NOWHERE) -> Sighting:
        """Return what is seen of a browser. An address that cannot be known is like an input that failed (SES-23)."""
        found = self._places.find(browser.address, now)
        lists = self._lists.signals(browser.address)
        health = {**found.health, "lists": self._lists.health(now), "mail_domains": self._mail_domains.health(now)}
        health |= _withheld(browser, reached)
        visit = Visit(
            at=now,
            country=found.country,
            provider=found.provider,
            place=found.place,
            is_shared=not {"hosting", "vpn", "tor_exit"}.isdisjoint(lists),
        )
        person = (*signals_of(reached.phone), *self._mail_domains.signals(reached.mail))
        seen = _observation(browser, found, now)
        return Sighting(observation=seen, visit=visit, lists=lists, person=person, health=health)

    def network_of(self, address: str, now: datetime) -> tuple[str, str]:
        """Return the country and the provider of an address; empty where they are not known."""
        found = self._places.find(address, now)
        return found.country, found.provider

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
        return (*places, *lists, *broken, *none, self._mail(now))

    def _mail(self, now: datetime) -> Source:
        listed = self._mail_domains
        return Source(name="mail_domains", health=listed.health(now), dated=listed.changed_at, size=listed.size or None)


def _withheld(browser: Browser, reached: Reachable) -> Mapping[str, Health]:
    """Return what browser and person do not tell."""
    health = {}
    if not browser.address:
        health["address"] = Health.FAILED
    if not browser.model and not browser.release:
        health["hints"] = Health.ABSENT
    if not reached.phone:
        health["phone"] = Health.ABSENT
    return health


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
        model=browser.model,
        release=browser.release,
        cookie=browser.device,
    )
