"""What is measured: for each scenario how it is made ready, what one operation is, and what it must reach.

The goals are those of performance.md §3, by whom a scenario is measured beside.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.bench import cast
from tests.bench.goals import Goal
from tests.bench.loader import finish
from tests.bench.party import Make, Operation, Person, Target, expect
from tests.bench.processes import Process
from tests.bench.wire import get, post

LANES = 8
MFA = "urn:idp:acr:mfa"
Makes = Sequence[Callable[[], Operation | None]]


@dataclass(frozen=True)
class Scenario:
    """One line of the table."""

    name: str
    prepare: Callable[[Target, Process], Makes]
    """Make a target ready for the scenario, and return what each lane does."""
    servers: tuple[str, ...]
    """Who takes part, the product first."""
    goals: Mapping[str, Goal] = field(default_factory=dict)
    """By what it is measured beside: a server, a yardstick, or another scenario's processor time."""
    yardsticks: tuple[str, ...] = ()


def _robot(client_id: str) -> Callable[[Target, Process], Makes]:
    fields = {"grant_type": "client_credentials", "scope": "read"}

    def prepare(target: Target, _process: Process) -> Makes:
        request = post(target.port, target.path("/token"), fields, cast.basic(client_id))
        is_signed = cast.ROBOTS[client_id] == "jwt"

        def operation() -> Operation:
            reply = (yield request).json()
            expect(reply["token_type"] == "Bearer" and reply["scope"] == "read", "token response", reply)
            if is_signed:
                claims = target.check_token(reply["access_token"])
                expect(claims["sub"] == client_id and claims["aud"] == cast.API, "access token", claims)

        return [operation] * LANES

    return prepare


def _people(target: Target, process: Process, names: Sequence[str] = cast.PEOPLE, **more: str) -> list[Person]:
    """Let people sign in, unmeasured."""
    people = [Person(target, name) for name in names]
    finish(process, [lambda person=person: person.authorize(**more) for person in people])  # type: ignore[misc]
    return people


def _each(people: Sequence[Person], operation: Callable[[Person], Operation]) -> Makes:
    """Return lanes that go through their own share of these people again and again."""

    def lane(mine: Iterator[Person]) -> Make:
        return lambda: operation(next(mine))

    return [lane(itertools.cycle(people[start::LANES])) for start in range(LANES)]


def _known(operation: Callable[[Person], Operation]) -> Callable[[Target, Process], Makes]:
    """Let people who have signed in do this."""
    return lambda target, process: _each(_people(target, process), operation)


def _unknown(operation: Callable[[Person], Operation]) -> Callable[[Target, Process], Makes]:
    """Let people whom the server has not seen do this."""
    return lambda target, _process: _each([Person(target, name) for name in cast.PEOPLE], operation)


def _revoke(target: Target, _process: Process) -> Makes:
    """A client gives back what it has just been given."""
    asked = {"grant_type": "client_credentials", "scope": "read"}
    basic = cast.basic("robot-opaque")
    request = post(target.port, "/token", asked, basic)

    def operation() -> Operation:
        token = (yield request).json()["access_token"]
        reply = yield post(target.port, "/revoke", {"token": token}, basic)
        expect(reply.status == 200, "revocation", reply.text)

    return [operation] * LANES


def _introspected(person: Person) -> Operation:
    fields = {"token": person.tokens["access_token"]}
    told = (yield post(person.target.port, "/introspect", fields, cast.basic(cast.WEB))).json()
    expect(told["active"] is True and told["sub"] == person.tokens["sub"], "introspection", told)


def _introspect_robot(target: Target, process: Process) -> Makes:
    """A client asks about its own token."""
    basic, tokens = cast.basic("robot-opaque"), []

    def ask() -> Operation:
        asked = {"grant_type": "client_credentials", "scope": "read"}
        tokens.append((yield post(target.port, target.path("/token"), asked, basic)).json()["access_token"])

    finish(process, [ask] * LANES)

    def asking(token: str) -> Make:
        request = post(target.port, target.path("/introspect"), {"token": token}, basic)

        def operation() -> Operation:
            told = (yield request).json()
            expect(told["active"] is True and told["client_id"] == "robot-opaque", "introspection", told)

        return operation

    return [asking(token) for token in tokens]


def _told(person: Person) -> Operation:
    token = f"Authorization: Bearer {person.tokens['access_token']}\r\n"
    told = (yield get(person.target.port, "/userinfo", token)).json()
    expect(told["sub"] == person.tokens["sub"] and "email" in told, "UserInfo", told)


def _refreshed(person: Person) -> Operation:
    fields = {"grant_type": "refresh_token", "refresh_token": person.tokens["refresh_token"]}
    reply = (yield post(person.target.port, "/token", fields, cast.basic(cast.WEB))).json()
    expect(reply["refresh_token"] != person.tokens["refresh_token"], "rotation", None)
    if "id_token" in reply:
        expect(person.target.check_token(reply["id_token"])["sub"] == person.tokens["sub"], "sub", None)
    person.tokens |= reply


def _signed_in(person: Person) -> Operation:
    person.jar.clear()
    return person.authorize()


def _in_and_out(person: Person) -> Operation:
    """Sign in and out again: there is a session to end each time."""
    yield from _signed_in(person)
    yield from person.leave()


def _mixed(target: Target, process: Process) -> Makes:
    """What a day is made of: of twenty operations 14 refresh, 3 sign on, 2 introspect, and 1 types a password."""
    kinds = [_refreshed] * 14 + [Person.authorize] * 3 + [_introspected] * 2 + [_signed_in]
    # Seven has no divisor in common with twenty: the kinds are spread, and each lane begins elsewhere.
    order = itertools.cycle([kinds[7 * place % len(kinds)] for place in range(len(kinds))])
    return _each(_people(target, process), lambda person: next(order)(person))


def _step_up(names: Sequence[str]) -> Callable[[Target, Process], Makes]:
    def prepare(target: Target, process: Process) -> Makes:
        waiting = iter(_people(target, process, names))

        def operation() -> Operation | None:
            person = next(waiting, None)
            if person is None:
                return None
            person.used = int(time.time()) // 30
            return person.authorize(acr_values=MFA)

        return [operation] * LANES

    return prepare


def _document(path: str, member: str) -> Callable[[Target, Process], Makes]:
    def prepare(target: Target, _process: Process) -> Makes:
        request, first = get(target.port, path), b""

        def operation() -> Operation:
            nonlocal first
            reply = yield request
            if reply.body != first or reply.status != 200:
                expect(member in reply.json(), path, reply)
                first = reply.body

        return [operation] * LANES

    return prepare


ALL = ("ours", "node", "bare", "floor")
SIGNED = ("ours", "node", "floor")
REDIS = ("ours_redis", "node_redis")


def _beside(node: tuple[float, float], floor: tuple[float, float], **more: tuple[float, float]) -> dict[str, Goal]:
    return {name: Goal(*pair) for name, pair in ({"node": node, "floor": floor} | more).items()}


_DOCUMENTED, _CANAILLE, _ON_REDIS = (5, 12), (5, 18), {"node_redis": Goal(1.0, 1.8)}
SCENARIOS = (
    Scenario(
        "cc_opaque",
        _robot("robot-opaque"),
        (*ALL, "canaille"),
        _beside((1.0, 1.6), (0.5, 0.9), bare=_DOCUMENTED, canaille=_CANAILLE),
    ),
    Scenario(
        "cc_jwt_rs256",
        _robot("robot-rs256"),
        SIGNED,
        {"node": Goal(1.5, None), "signing": Goal(None, 0.8), "floor": Goal(0.6, 0.95)},
        ("signing",),
    ),
    Scenario("cc_jwt_es256", _robot("robot-es256"), SIGNED, _beside((1.5, 4), (0.4, 0.8))),
    Scenario("introspect", _known(_introspected), ALL, _beside((1.3, 3), (0.4, 0.9), bare=_DOCUMENTED)),
    Scenario("introspect_robot", _introspect_robot, ("ours", "canaille"), {"canaille": Goal(*_CANAILLE)}),
    Scenario("userinfo", _known(_told), ALL, _beside((1.3, 3.5), (0.4, 0.9), bare=_DOCUMENTED)),
    Scenario("refresh", _known(_refreshed), ALL, _beside((1.0, 1.7), (0.5, 0.95), bare=_DOCUMENTED)),
    Scenario("sso", _known(Person.authorize), ALL, _beside((1.2, 2.2), (0.5, 0.95), bare=_DOCUMENTED)),
    Scenario("flow", _unknown(_signed_in), ALL, _beside((1.2, 2.5), (0.5, 0.95), bare=_DOCUMENTED)),
    Scenario(
        "discovery", _document("/.well-known/openid-configuration", "issuer"), SIGNED, _beside((1.5, 2.7), (0.6, 0.95))
    ),
    Scenario("jwks", _document("/jwks", "keys"), SIGNED, _beside((1.5, 2.7), (0.6, 0.95))),
    Scenario("cc_redis", _robot("robot-opaque"), REDIS, _ON_REDIS),
    Scenario("introspect_redis", _known(_introspected), REDIS, _ON_REDIS),
    Scenario("refresh_redis", _known(_refreshed), REDIS, _ON_REDIS),
    Scenario("sso_redis", _known(Person.authorize), REDIS, {"node_redis": Goal(1.0, 2.5)}),
    Scenario("par_sso", _known(Person.push), ("ours", "node")),
    Scenario("logout", _unknown(_in_and_out), ("ours", "node")),
    Scenario("revoke", _revoke, ("ours", "node")),
    Scenario("mixed", _mixed, ("ours", "node")),
    Scenario("login_password", _unknown(_signed_in), ("hashing",), {"argon2": Goal(0.8, 0.95)}, ("argon2",)),
    Scenario("step_up_totp", _step_up(cast.STEPPING), ("ours",), {"sso": Goal(1.6, 1.25, is_limit=True)}),
    Scenario("step_up_passkey", _step_up(cast.KEYED), ("ours",), {"step_up_totp": Goal(200, 110, is_limit=True)}),
)
"""`step_up_totp` is judged by the processor time of `sso`, and `step_up_passkey` by how many microseconds it takes
beyond `step_up_totp`."""
