"""The redemption of a code."""

import threading
from datetime import timedelta

import pytest

from idp.core.tokens import digest
from idp.oidc.standing import store as standings
from idp.records.audit import store as audit
from idp.records.clients import store as clients
from idp.records.decisions import store as decisions
from idp.records.grants import store as grants
from idp.records.sessions import store as sessions
from idp.records.users import store as users
from tests.oidc.endpoints import Endpoints, a_decision
from tests.oidc.kit import MFA, NOW, a_client, asked
from tests.support.relying_party import basic


def spent(endpoints: Endpoints, code: str) -> bool:
    with endpoints.database.transaction() as tx:
        return standings.of_code(tx, digest(code))[0].spent_at is not None


def token_of(reply) -> str:
    assert reply.status == 200, reply.body
    return reply.json()["access_token"]


def test_redeem_gives_tokens_once(endpoints: Endpoints):
    """RFC 6749 §4.1.2: the second time is invalid_grant, and the first one's token ends."""
    code = endpoints.code()
    token = token_of(endpoints.redeem(code))
    assert endpoints.userinfo(token).status == 200
    replay = endpoints.redeem(code)
    assert (replay.status, replay.json()["error"]) == (400, "invalid_grant")
    assert endpoints.userinfo(token).status == 401
    with endpoints.database.transaction() as tx:
        assert len(audit.list_events(tx, limit=10, name="code.replayed")) == 1


def test_redeem_replayed_after_its_minute_still_revokes(endpoints: Endpoints):
    """RFC 6749 §4.1.2: a tombstone remembers."""
    code = endpoints.code()
    token = token_of(endpoints.redeem(code))
    endpoints.clock.at = NOW + timedelta(seconds=90)
    endpoints.redeem(code)
    assert endpoints.userinfo(token).status == 401


WRONG = [
    {"redirect_uri": "https://rp1.test/other"},
    {"redirect_uri": ""},
    {"code_verifier": ""},
    {"code_verifier": "w" * 43},
    {"code_verifier": "é" * 43},
    {"headers": {"Authorization": basic("c2", "secret-of-c2")}},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_redeem_with_wrong_values_spends_and_revokes_nothing(endpoints: Endpoints, wrong):
    """authlib.md §3.2: a stranger can neither burn a code nor end a grant."""
    with endpoints.database.transaction() as tx:
        secret = a_client().secrets[0].__class__(secret_hash=digest("secret-of-c2"), created_at=NOW)
        clients.add(tx, a_client(client_id="c2", secrets=(secret,)))
    code = endpoints.code()
    assert endpoints.redeem(code, **wrong).json()["error"] == "invalid_grant"
    assert not spent(endpoints, code)
    token = token_of(endpoints.redeem(code))
    assert endpoints.redeem(code, **wrong).json()["error"] == "invalid_grant"
    assert endpoints.userinfo(token).status == 200


def disable_user(endpoints: Endpoints, tx) -> None:
    users.set_disabled(tx, "u1", NOW)


def end_session(endpoints: Endpoints, tx) -> None:
    sessions.end(tx, "s1", NOW)


def revoke(endpoints: Endpoints, tx) -> None:
    grants.revoke_session(tx, "s1", NOW)


def expire_session(endpoints: Endpoints, tx) -> None:
    endpoints.clock.at = NOW + timedelta(days=7)


@pytest.mark.parametrize("event", [disable_user, end_session, revoke, expire_session])
def test_redeem_after_authority_is_gone_is_invalid_grant(endpoints: Endpoints, event):
    """OAU-11, SES-14: person, session and grant must still stand."""
    code = endpoints.code()
    with endpoints.database.transaction() as tx:
        event(endpoints, tx)
    assert endpoints.redeem(code).json()["error"] == "invalid_grant"
    assert not spent(endpoints, code)


def test_redeem_lives_sixty_seconds(endpoints: Endpoints):
    """features.md P1: 60 s and not a second longer."""
    first, second = endpoints.code(), endpoints.code()
    endpoints.clock.at = NOW + timedelta(seconds=59)
    assert endpoints.redeem(first).status == 200
    endpoints.clock.at = NOW + timedelta(seconds=60)
    assert endpoints.redeem(second).json()["error"] == "invalid_grant"


def test_redeem_gives_a_token_no_longer_than_its_level(endpoints: Endpoints):
    """P8: ten minutes, and not past the moment its acr lapses."""
    soon = a_decision(NOW, lapses_at=NOW + timedelta(seconds=90))
    reply = endpoints.redeem(endpoints.code(decision=soon))
    assert reply.json()["expires_in"] == 90
    endpoints.clock.at = NOW + timedelta(seconds=90)
    assert endpoints.userinfo(reply.json()["access_token"]).status == 401
    assert endpoints.redeem(endpoints.code(decision=soon)).json()["error"] == "invalid_grant"
    with endpoints.database.transaction() as tx:
        (event,) = audit.list_events(tx, limit=5, name="code.denied")
        record = decisions.get(tx, event.decision_id)
    assert record is not None
    assert (record.gate, record.outcome, record.user_id, record.reasons) == (
        "token",
        "deny",
        "u1",
        ("requirements_unmet",),
    )


def test_redeem_that_cannot_sign_burns_nothing(endpoints: Endpoints):
    """authlib.md §2: a failing signature leaves the code as it was."""
    code = endpoints.code()
    sign = endpoints.keys.signing_key
    endpoints.keys.signing_key = lambda tx, alg: (_ for _ in ()).throw(RuntimeError("no key"))
    assert endpoints.redeem(code).status == 500
    assert not spent(endpoints, code)
    endpoints.keys.signing_key = sign
    assert endpoints.redeem(code).status == 200


def test_redeem_by_many_at_once_succeeds_once(endpoints: Endpoints):
    """OAU-09: at most one token reply; the others end what it gave."""
    code, replies, gate = endpoints.code(), [], threading.Barrier(8)

    def redeem() -> None:
        gate.wait()
        replies.append(endpoints.redeem(code))

    threads = [threading.Thread(target=redeem) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reply.status for reply in replies) == [200, *[400] * 7]
    (token,) = [reply.json()["access_token"] for reply in replies if reply.status == 200]
    assert endpoints.userinfo(token).status == 401


def test_redeem_says_what_the_grant_says(endpoints: Endpoints):
    """The scope granted is shown, and the answer has no other members (RFC 6749 §5.1)."""
    reply = endpoints.redeem(endpoints.code(asked(scope="openid email bogus", acr_values=MFA))).json()
    assert set(reply) == {"access_token", "token_type", "expires_in", "scope", "id_token"}
    assert (reply["token_type"], reply["expires_in"], reply["scope"]) == ("Bearer", 600, "openid email")
