"""The simulated attackers: each knows the password and something more (risk.md §1.3), and none has the device's cookie.

naive: nothing more; a login from anywhere, with any client. vpn: the victim's country; a popular client. targeted: the
victim's region and client. targeted_isp: the victim's provider and client, the honest worst case. What they use was
really used by others before: networks and clients are drawn from the log up to that moment, where the victim lives and
what they use from the victim's own past.
"""

from collections import defaultdict

from idp.cli.evaluation.draw import Draw
from idp.cli.evaluation.rows import Row

KINDS = ("naive", "vpn", "targeted", "targeted_isp")
_KEPT = 2000
"""Of each kind of raw material; a fair sample of all there was."""
_TRIES = 8


class _Pool:
    """A fair sample of rows (reservoir sampling; Vitter, 1985)."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._seen = 0

    def add(self, row: Row, draw: Draw) -> None:
        self._seen += 1
        if len(self.rows) < _KEPT:
            self.rows.append(row)
            return
        place = draw.below(self._seen)
        if place < _KEPT:
            self.rows[place] = row


class Attackers:
    """What attackers can draw on, and the attacks they make of it."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._anywhere, self._clients = _Pool(), _Pool()
        self._by_country: dict[str, _Pool] = defaultdict(_Pool)
        self._by_region: dict[tuple[str, str], _Pool] = defaultdict(_Pool)
        self._by_provider: dict[str, _Pool] = defaultdict(_Pool)
        self._past: dict[str, tuple[int, Row]] = {}

    def see(self, row: Row) -> None:
        """Take a row of the log into the raw material."""
        seen = row.observation
        self._anywhere.add(row, self._draw)
        self._by_country[seen.country].add(row, self._draw)
        self._by_region[seen.country, row.region].add(row, self._draw)
        self._by_provider[seen.provider].add(row, self._draw)

    def learn(self, row: Row) -> None:
        """Take a legitimate sign-in into the clients that are popular, and into its person's past."""
        self._clients.add(row, self._draw)
        count, kept = self._past.get(row.user, (0, row))
        self._past[row.user] = (count + 1, row if self._draw.below(count + 1) == 0 else kept)

    def attack(self, kind: str, row: Row) -> Row | None:
        """Return an attempt on the person of `row` at that moment; None when there is nothing yet to make it of."""
        _, victim = self._past[row.user]
        match kind:
            case "naive":
                network = self._other(self._anywhere, victim)
                return network and row.by_attacker(network, network)
            case "vpn":
                network = self._other(self._by_country[victim.observation.country], victim)
                return network and row.by_attacker(network, self._draw.one_of(self._clients.rows))
            case "targeted":
                network = self._other(self._by_region[victim.observation.country, victim.region], victim)
            case _:
                network = self._other(self._by_provider[victim.observation.provider], victim)
        return network and row.by_attacker(network, victim)

    def _other(self, pool: _Pool, victim: Row) -> Row | None:
        """Draw a row of somebody else, at another address than the victim's."""
        for _ in range(_TRIES):
            row = self._draw.one_of(pool.rows)
            if row.user != victim.user and row.observation.address != victim.observation.address:
                return row
        return None
