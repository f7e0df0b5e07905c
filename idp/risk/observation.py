"""What is seen of one sign-in, and the keyed hashes under which it is remembered.

Chains, each from coarse to fine: the network (country, provider, prefix, address), the client (kind of device, system,
browser, the description without its versions, then the versions, then the whole text), and what the browser tells of
its device when asked (model, release); beside them the device cookie. What stays the same when software is updated
comes before what changes, as nothing below the first new value is compared. What was not observed is an empty text: its
level is left out, so that a chain without country and provider still compares prefixes and addresses.
The rule it keeps: nothing observed is remembered but as 32 bits of a keyed hash (risk.md §5.4).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Address, ip_address
from typing import NamedTuple

NETWORK = ("country", "provider", "network", "address")
CLIENT = ("device", "system", "browser", "make", "system_version", "browser_version", "agent")
HINTS = ("model", "release")
PROVIDER = NETWORK.index("provider") + 1
"""Where a chain of keys has the provider: behind its root and the country."""
_IPV4_PREFIX = 20
_IPV6_PREFIX = 48
_KEY_BYTES = 4
_REMEMBERED = 4096
_VERSIONS = re.compile(r"(?<![A-Za-z0-9-])\d+(?:[._]\d+)*")
"""Numbers that stand alone; those of a model (`SM-G960F`) do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One sign-in as the risk model sees it."""

    at: datetime
    country: str = ""
    provider: str = ""
    """The autonomous system's number."""
    address: str = ""
    device: str = ""
    """mobile, desktop, tablet."""
    system: str = ""
    """Family alone; with its version in `system_version`."""
    system_version: str = ""
    browser: str = ""
    browser_version: str = ""
    """The major version: browsers freeze the others."""
    agent: str = ""
    model: str = ""
    """What the browser says its device is, when asked; most say nothing."""
    release: str = ""
    """And which release of its system, where the description is frozen."""
    cookie: str = ""
    """What the device's cookie names; empty where there is none."""

    @property
    def network_levels(self) -> tuple[str, ...]:
        """The values of `NETWORK`."""
        return (self.country, self.provider, prefix_of(self.address), self.address)

    @property
    def client_levels(self) -> tuple[str, ...]:
        """The values of `CLIENT`."""
        named = (self.device, self.system, self.browser, make_of(self.agent))
        return (*named, self.system_version, self.browser_version, self.agent)

    @property
    def hints_levels(self) -> tuple[str, ...]:
        """The values of `HINTS`."""
        return (self.model, self.release)


class Keys(NamedTuple):
    """An observation as it is remembered: each chain from its root on, a level left out having its parent's key."""

    network: tuple[int, ...]
    client: tuple[int, ...]
    cookie: int
    """0: no cookie."""
    hints: tuple[int, ...] = ()
    """Empty where the browser said nothing: that is neither usual nor new."""

    @property
    def chains(self) -> tuple[tuple[int, ...], ...]:
        """Every chain that something was observed of."""
        return (self.network, self.client, self.hints) if self.hints else (self.network, self.client)


@lru_cache(maxsize=_REMEMBERED)
def prefix_of(address: str) -> str:
    """Return the neighbourhood of an address: /20 of IPv4, /48 of IPv6; empty when it is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    bits = _IPV4_PREFIX if isinstance(parsed, IPv4Address) else _IPV6_PREFIX
    return f"{parsed.version}:{int(parsed) >> (parsed.max_prefixlen - bits):x}"


@lru_cache(maxsize=_REMEMBERED)
def make_of(agent: str) -> str:
    """Return what a browser's description says beside versions: makers, models, what it is built of."""
    return _VERSIONS.sub("", agent)


class Hasher:
    """Turns observations into keys under one pepper."""

    def __init__(self, pepper: bytes) -> None:
        self._root = blake2b(key=pepper[:64], digest_size=_KEY_BYTES)

    def keys(self, observation: Observation) -> Keys:
        """Return the keys of everything observed."""
        return Keys(
            network=self._chain("network", observation.network_levels),
            client=self._chain("client", observation.client_levels),
            cookie=self.cookie(observation.cookie),
            hints=self._chain("hints", observation.hints_levels) if any(observation.hints_levels) else (),
        )

    def cookie(self, value: str) -> int:
        """Return the key of a device cookie; 0 where there is none."""
        return self._chain("cookie", (value,))[1] if value else 0

    def account(self, value: str) -> int:
        """Return the key of an account, or of a name that nobody has."""
        return self._chain("account", (value,))[1]

    def provider(self, country: str, provider: str) -> int:
        """Return the key of a provider, the same as in a chain; 0 where it is not known."""
        return self._chain("network", (country, provider))[PROVIDER] if provider else 0

    def whereabouts(self, address: str) -> tuple[int, int]:
        """Return the keys of an address and of its neighbourhood, whatever is known of them."""
        return self._chain("address", (address,))[1], self._chain("neighbourhood", (prefix_of(address),))[1]

    def _chain(self, name: str, values: tuple[str, ...]) -> tuple[int, ...]:
        """Hash each value together with all before it: Oslo's provider is not Bergen's."""
        state = self._root.copy()
        state.update(name.encode())
        keys = [int.from_bytes(state.digest())]
        for level, value in enumerate(values, start=1):
            if value:
                state.update(b"\x00%d:" % level + value.encode("utf-8", "surrogatepass"))
            keys.append(int.from_bytes(state.digest()))
        return tuple(keys)
