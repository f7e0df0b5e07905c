"""Lists of addresses in a folder (`IDP_IP_LISTS`), each of its own kind, format and date. All are optional.

The kind is told by how a file's name begins: `tor`, `attack`, `hosting` or `datacenter`, `vpn`. A line is an address, a
network (CIDR), or `ExitAddress <address> …` as the Tor project writes it; what follows `#` or `;` is not read. A list
of attackers often names private networks too (full bogons): those are left out.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from idp.risk.inputs import Health

KINDS = {
    "tor": "tor_exit",
    "attack": "attack_listed",
    "hosting": "hosting",
    "datacenter": "hosting",
    "vpn": "vpn",
}
STALE_AFTER = {"tor": timedelta(days=7), "attack": timedelta(days=30)}
_STALE_AFTER = timedelta(days=180)
_EXIT = "ExitAddress"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressList:
    """One list: its kind, its date, and its networks as rising bounds."""

    name: str
    signal: str
    changed_at: datetime
    stale_after: timedelta
    starts: Mapping[int, tuple[int, ...]]
    ends: Mapping[int, tuple[int, ...]]

    @property
    def size(self) -> int:
        """How many networks it names, neighbours joined."""
        return sum(len(starts) for starts in self.starts.values())

    def has(self, version: int, number: int) -> bool:
        """Tell whether an address is in it."""
        at = bisect_right(self.starts[version], number) - 1
        return at >= 0 and number <= self.ends[version][at]


class AddressLists:
    """All lists of a folder, read once."""

    def __init__(self, folder: Path | None) -> None:
        self.is_wanted = folder is not None
        self.lists: tuple[AddressList, ...] = ()
        self.unreadable: tuple[str, ...] = ()
        if folder is not None:
            self._read(folder)

    def signals(self, address: str) -> tuple[str, ...]:
        """Return of which kinds of list the address is."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return ()
        version, number = parsed.version, int(parsed)
        return tuple(dict.fromkeys(each.signal for each in self.lists if each.has(version, number)))

    def health(self, now: datetime) -> Health:
        """Return how the lists are together: one that cannot be read is as bad as none that can."""
        if not self.is_wanted:
            return Health.ABSENT
        if self.unreadable or not self.lists:
            return Health.FAILED
        return Health.STALE if any(now - each.changed_at > each.stale_after for each in self.lists) else Health.FRESH

    def _read(self, folder: Path) -> None:
        read, unreadable = [], []
        try:
            files = sorted(path for path in folder.iterdir() if path.is_file() and _kind(path))
        except OSError:
            files = []
        for path in files:
            try:
                read.append(_list(path))
            except (OSError, ValueError):
                unreadable.append(path.name)
        self.lists, self.unreadable = tuple(read), tuple(unreadable)


def _kind(path: Path) -> str:
    return next((kind for kind in KINDS if path.name.lower().startswith(kind)), "")


def _list(path: Path) -> AddressList:
    kind = _kind(path)
    networks = [network for line in path.read_text(encoding="utf-8").splitlines() for network in _networks(line)]
    bounds = {version: _joined(each for each in networks if each.version == version) for version in (4, 6)}
    return AddressList(
        name=path.name,
        signal=KINDS[kind],
        changed_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        stale_after=STALE_AFTER.get(kind, _STALE_AFTER),
        starts={version: tuple(start for start, _ in found) for version, found in bounds.items()},
        ends={version: tuple(end for _, end in found) for version, found in bounds.items()},
    )


def _networks(line: str) -> Iterable[IPv4Network | IPv6Network]:
    """Return the network on a line, if it names a public one. Raises ValueError for what is none."""
    words = line.partition("#")[0].partition(";")[0].split()
    if not words or words[0] in ("ExitNode", "Published", "LastStatus"):
        return ()
    network = ip_network(words[1] if words[0] == _EXIT and len(words) > 1 else words[0], strict=False)
    return (network,) if network.is_global else ()


def _joined(networks: Iterable[IPv4Network | IPv6Network]) -> list[tuple[int, int]]:
    """Return rising bounds without overlap."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted((int(each.network_address), int(each.broadcast_address)) for each in networks):
        if joined and start <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
