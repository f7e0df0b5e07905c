"""Keys by schedule: each is published before it signs, and long enough after; one process of many moves each."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.app.rotating import Rotation
from idp.records.keys import store
from idp.records.keys.model import KeyState, SigningKey
from idp.records.keys.service import KeyRing, _in_use, _of
from idp.storage.engine import Database
from tests.support.clock import FixedClock
from tests.support.fixtures import filled, make_provider, provider
from tests.support.provider import MakeProvider, Provider
from tests.support.relying_party import RelyingParty, basic

__all__ = ["filled", "make_provider", "provider"]

DAY = timedelta(days=1)
EVERY = 90 * DAY
ES = "ES256"


class Api:
    """An API that honours cache headers: it fetches the keys again when they are too old, and never for a token."""

    def __init__(self, provider: Provider, robot: RelyingParty, *, cached_for: timedelta) -> None:
        self._provider = provider
        self._robot = robot
        self._cached_for = cached_for
        self._fetched_at: datetime | None = None
        self._keys = KeySet([])

    def call(self) -> str:
        """Let the robot ask for a token, and check it; return the kid of its key. Raises JoseError."""
        self._refresh()
        token = token_for(self._robot)
        return str(jwt.decode(token, self._keys, algorithms=[ES]).header["kid"])

    def check(self, token: str) -> None:
        """Check a token of before. Raises JoseError."""
        self._refresh()
        jwt.decode(token, self._keys, algorithms=[ES])

    def _refresh(self) -> None:
        now = self._provider.clock.now()
        if self._fetched_at is None or now - self._fetched_at >= self._cached_for:
            self._fetched_at, self._keys = now, KeySet.import_key_set(self._provider.bank.get("/jwks").json())


def token_for(robot: RelyingParty) -> str:
    header = {"Authorization": basic(robot.client_id, robot.secret)}
    token: str = robot.post("/token", {"grant_type": "client_credentials"}, headers=header).json()["access_token"]
    return token


def robot_of(provider: Provider) -> RelyingParty:
    return provider.add_client("robot", grant_types=("client_credentials",), response_types=())


def rotate(provider: Provider, *, every: timedelta | None = EVERY) -> int:
    """Do what is due, as the chore of a serving process does; return how many keys were moved."""
    app, moved = provider._app, 0
    rotation = Rotation(ring=app.keys, live=app.policies.live, clock=provider.clock, every=every)
    while True:
        with app.database.transaction() as tx:  # its own, so that `/jwks`, which may be a second old, hears of it
            count = rotation.once(tx)
        moved += count
        if not count:
            return moved


def keys_of(provider: Provider, state: KeyState) -> list[SigningKey]:
    with provider.database.transaction() as tx:
        return [key for key in store.list_keys(tx) if key.alg == ES and key.state is state]


def test_flt_26_no_verification_fails_over_a_year(provider: Provider) -> None:
    """FLT-26: an API that keeps keys for a whole day never meets a token it cannot check, nor one of an hour before."""
    robot = robot_of(provider)
    api, used, before = Api(provider, robot, cached_for=DAY), set(), ""
    for _ in range(400):
        rotate(provider)
        used.add(api.call())
        if before:
            api.check(before)
        provider.advance(86_400 - 3600)
        before = token_for(robot)
        provider.advance(3600)
        assert len(keys_of(provider, KeyState.PREVIOUS)) <= 1
    assert len(used) == 5
    assert len(keys_of(provider, KeyState.RETIRED)) == 4
    with provider.database.engine().connect() as connection:
        told = connection.exec_driver_sql("SELECT name, count(*) FROM audit_events GROUP BY name")
        assert {"key.rotated": 8, "key.retired": 8}.items() <= dict(map(tuple, told)).items()


def test_flt_26_no_verification_fails_while_keys_change_under_load(provider: Provider) -> None:
    """FLT-26: requests that run while the key changes are signed by a key that was published before."""
    robot, failed, kids, is_over = robot_of(provider), [], set(), threading.Event()

    def ask() -> None:
        api = Api(provider, robot, cached_for=timedelta(seconds=300))
        while not is_over.is_set():
            try:
                kids.add(api.call())
            except (JoseError, KeyError, ValueError) as error:
                failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(8):
        while len(kids) < number and not failed:
            time.sleep(0.001)  # until the key of this round is in use
        provider.advance(91 * 86_400)
        assert rotate(provider) > 0
    is_over.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(kids) >= 7


def test_keys_rotate_by_command_alone_where_that_is_wished(provider: Provider) -> None:
    """`IDP_KEY_ROTATION=0`."""
    provider.advance(1000 * 86_400)
    assert rotate(provider, every=None) == 0


def test_serving_process_has_the_chore(make_provider: MakeProvider) -> None:
    """What is set is what is done, by one process at a time."""
    provider = make_provider(IDP_KEY_ROTATION="30")
    chores = provider._app.chores
    (chore,) = [each for each in chores._chores if each.name == "rotate keys"]
    before = keys_of(provider, KeyState.CURRENT)
    provider.advance(29 * 86_400)
    assert chores.do(chore) == 0
    provider.advance(86_400)
    assert chore.is_alone
    assert [chores.do(chore) for _ in range(3)] == [1, 1, 0]  # one algorithm after the other
    assert keys_of(provider, KeyState.PREVIOUS) == [replace(before[0], state=KeyState.PREVIOUS)]


def test_of_many_nodes_at_once_one_rotates(open_database: Callable[[str], Database], database_url: str) -> None:
    """No key signs that was published a moment ago: whoever comes second changes nothing."""
    clock, done = FixedClock(), []
    databases = [open_database(database_url) for _ in range(6)]
    rings = [KeyRing(clock=clock) for _ in databases]
    with databases[0].transaction() as tx:
        rings[0].ensure(tx, (ES,))
        published = _in_use(_of(tx, ES))[KeyState.NEXT]
    clock.advance(EVERY)
    barrier = threading.Barrier(len(rings))

    def rotate_one(database: Database, ring: KeyRing) -> None:
        barrier.wait()
        with database.transaction() as tx:
            if ring.rotate_when_due(tx, ES, every=EVERY):
                done.append(ring)

    threads = [threading.Thread(target=rotate_one, args=pair) for pair in zip(databases, rings, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with databases[0].transaction() as tx:
        assert _in_use(_of(tx, ES))[KeyState.CURRENT].kid == published.kid
    assert len(done) == 1


def test_node_that_was_late_rotates_nothing(database: Database) -> None:
    """It found the key due, and somebody else moved it before: what it read decides, not what it would read now."""
    clock = FixedClock()
    ring = KeyRing(clock=clock)
    with database.transaction() as tx:
        ring.ensure(tx, (ES,))
    clock.advance(EVERY)
    with database.transaction() as tx:
        read = _in_use(_of(tx, ES))
        assert ring.rotate_when_due(tx, ES, every=EVERY)
    with database.transaction() as tx:
        assert not ring._move_on(tx, ES, read)
        assert _in_use(_of(tx, ES))[KeyState.CURRENT].kid == read[KeyState.NEXT].kid


def test_retired_is_only_what_has_not_signed_for_long(database: Database) -> None:
    """A rotation by hand in between begins the time anew; without keys nothing is retired."""
    clock = FixedClock()
    ring = KeyRing(clock=clock)
    with database.transaction() as tx:
        assert ring.retire_previous(tx, ES, after=8 * DAY) == ()
        assert not ring.rotate_when_due(tx, ES, every=EVERY)
        ring.rotate(tx, ES)
        clock.advance(7 * DAY)
        ring.rotate(tx, ES)
        clock.advance(7 * DAY)
        assert ring.retire_previous(tx, ES, after=8 * DAY) == ()
        clock.advance(DAY)
        assert len(ring.retire_previous(tx, ES, after=8 * DAY)) == 2


@pytest.mark.parametrize(("sessions", "days"), [(7, 8), (90, 45)])
def test_key_stays_as_long_as_sessions_but_no_longer_than_half_a_period(
    provider: Provider, sessions: int, days: int
) -> None:
    """Whoever signs out is not asked because of a rotation, and however long sessions live keys do not pile up."""
    app = provider._app
    with provider.database.transaction() as tx:
        bundle = app.policies.live(tx)
    lasting = replace(bundle, sessions=replace(bundle.sessions, absolute=sessions * DAY))
    rotation = Rotation(ring=app.keys, live=lambda _: lasting, clock=provider.clock, every=EVERY)
    provider.advance(90 * 86_400)
    counts = []
    for passed in (0, days - 1, 1):
        provider.advance(passed * 86_400)
        with provider.database.transaction() as tx:
            counts.append(rotation.once(tx))
        with provider.database.transaction() as tx:
            counts.append(rotation.once(tx))
    assert counts == [1, 1, 0, 0, 1, 1]
