"""What lies behind a token is read each time; what follows is found anew once that, or the time, has changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from idp.core.tokens import digest
from idp.oidc.standing import store as standings
from idp.records.grants import store as grants
from idp.records.sessions import store as sessions
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.credentials.model import Held
from idp.resources import shipped
from idp.storage.database_tx import DatabaseTx
from tests.oidc.endpoints import Endpoints, a_decision, proofs_of
from tests.oidc.kit import MFA, NOW
from tests.records import rows

FIRST, TWO = "urn:idp:acr:1fa", "urn:idp:acr:2sv"
DEMO = (shipped("policies") / "demo.yaml").read_text(encoding="utf-8")
Change = Callable[[Endpoints, DatabaseTx], object]


def with_rule(rule: str) -> str:
    return DEMO.replace("\nrules:\n", f"\nrules:\n  - {rule}\n", 1)


def told(endpoints: Endpoints, token: str) -> str:
    """Return the level that is told of a token; empty for one that is not active."""
    return endpoints.introspect(token).get("acr", "")


def an_old_sign_in(endpoints: Endpoints, age: timedelta) -> str:
    """Return an access token that rests on proofs of this age."""
    counted = proofs_of(NOW - age)
    decision = structs.replace(a_decision(NOW), counted=counted)
    return str(endpoints.offline(decision=decision)["access_token"])


def test_a_level_falls_at_its_time_though_nothing_else_changes(endpoints: Endpoints) -> None:
    """policy.md §3, Later: asked about at every minute, the token says each time what holds then."""
    token = an_old_sign_in(endpoints, timedelta(hours=23, minutes=55))
    seen = []
    for seconds in (0, 60, 299, 299.5, 300, 360, 0):
        endpoints.clock.at = NOW + timedelta(seconds=seconds)
        seen.append(told(endpoints, token))
    # What has less than a second left is not said; a clock that was set back tells what holds at its time.
    assert seen == [MFA, MFA, MFA, TWO, TWO, TWO, MFA]


CHANGES: dict[str, tuple[Change, str]] = {
    "a factor is removed": (lambda _, tx: credentials.remove_credential(tx, "k1", "u1"), FIRST),
    "a factor is replaced": (
        lambda _, tx: (
            credentials.remove_credential(tx, "k1", "u1"),
            credentials.add_credential(tx, rows.credential(id="k2", created_at=NOW)),
        ),
        FIRST,
    ),
    "a group is added": (lambda _, tx: users.save(tx, replace(users.get(tx, "u1"), groups=("gone",))), ""),
    "a recovery begins": (lambda _, tx: users.set_recovering(tx, "u1", NOW + timedelta(hours=1)), ""),
    "the person is disabled": (lambda _, tx: users.set_disabled(tx, "u1", NOW), ""),
    "the grant is revoked": (lambda _, tx: grants.revoke_all(tx, "u1", NOW), ""),
    "another name": (lambda _, tx: users.save(tx, replace(users.get(tx, "u1"), display_name="Robert")), MFA),
    "the session ends": (lambda _, tx: sessions.end(tx, "s1", NOW), MFA),  # it was granted for offline use
}


@pytest.mark.parametrize("form", ["jwt", "opaque"])
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen_by_the_next_question(endpoints: Endpoints, name: str, form: str) -> None:
    """SES-14: though the same token was asked about a moment before."""
    endpoints.publish(
        with_rule(
            "{id: x, if: {any: [{user.groups: {contains_any: [gone]}}, {user.recovering: {eq: true}}]}, deny: has_left}"
        )
    )
    endpoints.amend(access_token_format=form)
    token = endpoints.offline()["access_token"]
    assert told(endpoints, token) == told(endpoints, token) == MFA
    change, level = CHANGES[name]
    with endpoints.database.transaction() as tx:
        change(endpoints, tx)
    assert told(endpoints, token) == level


def test_a_policy_that_is_published_decides_the_next_question(endpoints: Endpoints) -> None:
    """policy.md §5: what was found under another is not told any more."""
    token = endpoints.offline()["access_token"]
    assert told(endpoints, token) == MFA
    endpoints.publish(with_rule("{id: x, if: {client.first_party: {eq: true}}, deny: closed}"))
    assert told(endpoints, token) == ""


def test_a_client_that_changes_is_judged_as_it_is(endpoints: Endpoints) -> None:
    """A tag is a fact as any other."""
    endpoints.publish(with_rule("{id: x, if: {client.tags: {contains_any: [closed]}}, deny: closed}"))
    token = endpoints.offline()["access_token"]
    assert told(endpoints, token) == MFA
    endpoints.amend(tags=("closed",))
    assert told(endpoints, token) == ""


def test_a_rule_that_reads_the_time_is_asked_each_time(endpoints: Endpoints) -> None:
    """It may match a moment later, though nothing has happened."""
    endpoints.publish(with_rule("{id: x, if: {user.age: {gt: 5m}}, deny: too_old}"))
    token = endpoints.offline()["access_token"]
    assert told(endpoints, token) == MFA
    endpoints.clock.at = NOW + timedelta(minutes=5, seconds=1)
    assert told(endpoints, token) == ""


def test_a_recovery_that_has_cooled_off_lifts_its_bounds(endpoints: Endpoints) -> None:
    """The level that recovery kept down is told again from that moment on."""
    with endpoints.database.transaction() as tx:
        users.set_recovering(tx, "u1", NOW + timedelta(minutes=5))
    endpoints.publish(with_rule("{id: x, if: {user.reported: {eq: true}}, deny: reported}"))
    token = endpoints.offline()["access_token"]
    before = told(endpoints, token)
    endpoints.clock.at = NOW + timedelta(minutes=5)
    assert (before != MFA, told(endpoints, token)) == (True, MFA)


def test_what_lies_behind_comes_back_as_it_was_added(tx: DatabaseTx) -> None:
    """One statement gives a token, its grant, the person, the session's end, and every credential once."""
    users.add(tx, rows.user())
    sessions.add(tx, rows.session())
    grants.add_grant(tx, rows.grant())
    grants.add_access_token(tx, rows.access_token())
    assert standings.of_grant(tx, "g1").held == ()
    for name in ("c1", "c2"):
        credentials.add_credential(tx, rows.credential(id=name))
    token, behind = standings.of_token(tx, "th1")
    assert (token, behind.grant, behind.user) == (rows.access_token(), rows.grant(), rows.user())
    assert behind.session_ends_at == rows.session().expires_at
    about = {name: getattr(rows.credential(), name) for name in ("user_id", "factor", "channel", "created_at")}
    properties = rows.credential().properties
    assert set(behind.held) == {Held(id=name, properties=properties, **about) for name in ("c1", "c2")}
    assert standings.of_grant(tx, "g1") == standings.of_signed(tx, "g1", digest("j1")) == behind


def test_what_has_gone_is_told_as_gone(tx: DatabaseTx) -> None:
    """Neither person nor session: the grant is there still, and stands on nothing."""
    grants.add_grant(tx, rows.grant())
    behind = standings.of_grant(tx, "g1")
    assert (behind.grant, behind.user, behind.session_ends_at, behind.held) == (rows.grant(), None, None, ())
    sessions.add(tx, rows.session(ended_at=rows.LATER))
    assert standings.of_grant(tx, "g1").session_ends_at is None
    assert standings.of_grant(tx, "g2") is standings.of_token(tx, "th2") is standings.of_family(tx, "f1") is None
