"""The lock-out guard: how many people could not meet a bundle with what they have enrolled (policy.md §5).

It looks at everybody, a page at a time, and judges each kind of person once; memory stays the same for ten people and
for a million. Administrators are asked for more: could one of them still publish.
"""

from collections.abc import Iterator
from datetime import datetime

from idp.admin.access import Permission, permissions_of
from idp.admin.policies.model import Census
from idp.admin.policies.somebody import somebody_of
from idp.login.installed import Build, Factors
from idp.login.policies import Policies
from idp.policy.language import Bundle
from idp.policy.model import Demand
from idp.policy.prospects import Door, Prospect, Somebody, likeness, prospect
from idp.records.clients import store as clients
from idp.records.clients.model import Client
from idp.records.users.credentials import store as credentials
from idp.records.users.credentials.model import Held
from idp.records.users.finding import store as finding
from idp.records.users.model import User
from idp.storage.tx import Tx

_PUBLISHING = tuple(Door(demand=Demand(client_id="", actions=(name,))) for name in ("admin.console", "admin.policy"))
_PAGE = 500
_MOST_KINDS = 20_000
_MOST_EXAMPLES = 5


def is_publisher(user: User) -> bool:
    """Tell whether somebody's role lets them publish."""
    return user.disabled_at is None and Permission.MANAGE in permissions_of(user.roles)


class Guard:
    """Counts."""

    def __init__(self, *, policies: Policies, build_factors: Build) -> None:
        self._policies = policies
        self._build = build_factors

    def count(self, tx: Tx, bundle: Bundle, *, live: Bundle, now: datetime) -> Census:
        """Look at everybody who is not shut out."""
        everyone = clients.list_clients(tx)
        judges = tuple(
            _Judge(here, Factors(self._build).under(here).enrollable, _doors(here, everyone), now)
            for here in (self._policies.here(live), self._policies.here(bundle))
        )
        census = Census()
        for user, somebody in _everybody(tx, now=now):
            _note(census, user, somebody, *judges)
        return census


class _Judge:
    """Judges people by one bundle, each kind of them once."""

    def __init__(self, bundle: Bundle, enrollable: tuple[str, ...], doors: tuple[Door, ...], now: datetime) -> None:
        self._bundle = bundle
        self._enrollable = enrollable
        self._doors = doors
        self._now = now
        self._known: dict[tuple[object, ...], tuple[Prospect, ...]] = {}

    def worst(self, somebody: Somebody) -> Prospect:
        """Return the worst of what would become of somebody at the doors where people sign in."""
        return max(self._prospects(somebody)[len(_PUBLISHING) :], key=list(Prospect).index)

    def may_publish(self, somebody: Somebody) -> bool:
        """Tell whether somebody could open the console and publish."""
        return Prospect.FAILS not in self._prospects(somebody)[: len(_PUBLISHING)]

    def _prospects(self, somebody: Somebody) -> tuple[Prospect, ...]:
        kind = likeness(self._bundle, somebody, now=self._now)
        found = self._known.get(kind)
        if found is None:
            if len(self._known) >= _MOST_KINDS:
                self._known.clear()
            found = self._known[kind] = tuple(
                prospect(self._bundle, somebody, door, enrollable=self._enrollable, now=self._now)
                for door in (*_PUBLISHING, *self._doors)
            )
        return found


def _note(census: Census, user: User, somebody: Somebody, before: _Judge, after: _Judge) -> None:
    then, was_met = after.worst(somebody), before.worst(somebody) is Prospect.MEETS
    census.people += 1
    census.unmet_now += not was_met
    census.unmet += then is not Prospect.MEETS
    census.must_enrol += then is Prospect.ENROLS
    if was_met and then is not Prospect.MEETS and len(census.examples) < _MOST_EXAMPLES:
        census.examples.append(user.username)
    if is_publisher(user):
        census.administrators += 1
        census.able += after.may_publish(somebody)


def _doors(bundle: Bundle, everyone: tuple[Client, ...]) -> tuple[Door, ...]:
    """Return a door for each set of clients between which the rules tell no difference, and one for none of them."""
    by_client = any(name.startswith("client.") for name in bundle.facts)
    doors: dict[object, Door] = {}
    for client in everyone:
        door = Door(
            demand=Demand(client_id=client.client_id),
            values={"client.tags": client.tags, "client.first_party": client.first_party},
        )
        alike = tuple(
            (client.client_id in rule.scope.clients, not rule.scope.client_tags.isdisjoint(client.tags))
            for rule in bundle.rules
        )
        doors.setdefault((alike, client.client_id if by_client else ""), door)
    return (Door(demand=Demand(client_id="")), *doors.values())


def _everybody(tx: Tx, *, now: datetime) -> Iterator[tuple[User, Somebody]]:
    after = ""
    while page := finding.list_by_id(tx, limit=_PAGE, after=after):
        held: dict[str, list[Held]] = {}
        for each in credentials.list_held(tx, after=after, upto=page[-1].id):
            held.setdefault(each.user_id, []).append(each)
        for user in page:
            if user.disabled_at is None:
                yield user, somebody_of(tx, user, held.get(user.id, []), now)
        after = page[-1].id
