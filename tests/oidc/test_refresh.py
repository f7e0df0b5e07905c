"""Refresh tokens: each once, a repeat the same answer, all else the end."""

import threading
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.core.tokens import digest
from idp.oidc import refresh_token
from idp.records.audit import store as audit
from idp.records.clients import store as clients
from idp.records.consents import store as consents
from idp.records.consents.model import Consent
from idp.records.grants import store as grants
from idp.records.grants.families import store as families
from idp.records.sessions import store as sessions
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from tests.oidc.endpoints import Endpoints, a_decision
from tests.oidc.kit import MFA, NOW

LOW = "urn:idp:acr:2sv"
"""What remains of `mfa` after its day: two steps were proved, and that does not age in the demo's bundle."""


def claims_of(endpoints: Endpoints, token: str, alg: str = "RS256"):
    keys = endpoints.call("GET", "/jwks").json()
    return jwt.decode(token, KeySet.import_key_set(keys), algorithms=[alg]).claims


def later(endpoints: Endpoints, **span: float) -> None:
    endpoints.clock.at += timedelta(**span)


def error_of(reply) -> str:
    assert reply.status == 400, reply.body
    return reply.json()["error"]


def test_refresh_gives_new_tokens_and_a_successor(endpoints: Endpoints):
    """RFC 6749 §6: everything is new, and both access tokens go on while they last."""
    first = endpoints.offline()
    later(endpoints, minutes=1)
    reply = endpoints.refresh(first["refresh_token"])
    second = reply.json()
    assert reply.headers["Cache-Control"] == "no-store"
    assert (second["token_type"], second["scope"]) == ("Bearer", "openid email offline_access")
    assert {first[name] for name in ("access_token", "refresh_token", "id_token")}.isdisjoint(second.values())
    for token in (first, second):
        assert endpoints.userinfo(token["access_token"]).status == 200
    assert endpoints.refresh(second["refresh_token"]).status == 200


def test_refresh_token_is_given_for_offline_access_alone(endpoints: Endpoints):
    """OIDC Core 1.0 §11, authlib.md §3.5: not to everybody who could use one."""
    assert "refresh_token" not in endpoints.offline(scope="openid email")
    endpoints.amend(grant_types=("authorization_code",))
    assert "refresh_token" not in endpoints.offline()


def test_refresh_tells_the_same_sign_in(endpoints: Endpoints):
    """OIDC Core 1.0 §12.2: iss, sub, aud and auth_time stay; iat is new; there is no nonce."""
    earlier = NOW - timedelta(hours=1)
    first = endpoints.offline(decision=a_decision(NOW, auth_time=earlier))
    later(endpoints, hours=1)
    second = endpoints.refresh(first["refresh_token"]).json()
    before, after = claims_of(endpoints, first["id_token"]), claims_of(endpoints, second["id_token"])
    for name in ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid"):
        assert after[name] == before[name], name
    assert after["iat"] == before["iat"] + 3600
    assert "nonce" not in after


def test_refresh_repeated_soon_has_the_same_answer(endpoints: Endpoints):
    """P7: byte for byte, for ten seconds; only one successor lives."""
    token = endpoints.offline()["refresh_token"]
    first = endpoints.refresh(token)
    later(endpoints, seconds=10)
    assert endpoints.refresh(token).body == first.body
    assert endpoints.refresh(first.json()["refresh_token"]).status == 200


def test_refresh_answer_is_kept_sealed(endpoints: Endpoints):
    """P7: under a key that only the old token gives; neither token is in the database."""
    token = endpoints.offline()["refresh_token"]
    answer = endpoints.refresh(token).json()
    with endpoints.database.transaction() as tx:
        family = families.get(tx, refresh_token.family_of(token))
    assert family.replay_sealed is not None
    assert answer["access_token"].encode() not in family.replay_sealed
    assert token not in repr(family)
    assert family.current_hash == digest(answer["refresh_token"])


@pytest.mark.parametrize("seconds", [11, 3600])
def test_refresh_repeated_late_ends_everything(endpoints: Endpoints, seconds: int):
    """RFC 9700 §4.14.2, OAU-26: the family, its successor, and the access tokens."""
    token = endpoints.offline()["refresh_token"]
    answer = endpoints.refresh(token).json()
    later(endpoints, seconds=seconds)
    assert error_of(endpoints.refresh(token)) == "invalid_grant"
    assert error_of(endpoints.refresh(answer["refresh_token"])) == "invalid_grant"
    assert endpoints.userinfo(answer["access_token"]).status == 401
    with endpoints.database.transaction() as tx:
        assert len(audit.list_events(tx, limit=10, name="refresh_token.reused")) == 1


def test_refresh_of_an_older_generation_ends_everything(endpoints: Endpoints):
    """OAU-28: not only the last one is known again, however fast."""
    oldest = endpoints.offline()["refresh_token"]
    second = endpoints.refresh(oldest).json()["refresh_token"]
    third = endpoints.refresh(second).json()["refresh_token"]
    assert error_of(endpoints.refresh(oldest)) == "invalid_grant"
    assert error_of(endpoints.refresh(third)) == "invalid_grant"


def test_refresh_repeated_by_another_client_ends_everything(endpoints: Endpoints):
    """Decided in security.md: whoever else has a used token shows that it leaked."""
    stranger, token = endpoints.stranger(), endpoints.offline()["refresh_token"]
    answer = endpoints.refresh(token).json()
    assert error_of(endpoints.refresh(token, headers=stranger)) == "invalid_grant"
    assert error_of(endpoints.refresh(answer["refresh_token"])) == "invalid_grant"


def test_refresh_by_another_client_is_refused_and_burns_nothing(endpoints: Endpoints):
    """OAU-30: a token is its client's own, and nobody else can spend it."""
    stranger, token = endpoints.stranger(), endpoints.offline()["refresh_token"]
    assert error_of(endpoints.refresh(token, headers=stranger)) == "invalid_grant"
    assert endpoints.refresh(token).status == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1],
        lambda token: token + "0",
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: token[:40] + ("A" if token[40] != "A" else "B") + token[41:],
        lambda token: token.swapcase(),
        lambda token: "0" * 32 + token[32:],
        lambda token: "\u00e9" + token,
        lambda token: "x",
    ],
)
def test_refresh_token_that_was_garbled_ends_nothing(endpoints: Endpoints, spoil):
    """Only what we have issued can be used twice: a guess is refused, and that is all."""
    token = endpoints.offline()["refresh_token"]
    assert error_of(endpoints.refresh(spoil(token))) == "invalid_grant"
    assert endpoints.refresh(token).status == 200


def test_refresh_needs_the_grant_type_and_a_token(endpoints: Endpoints):
    """RFC 6749 §5.2."""
    token = endpoints.offline()["refresh_token"]
    assert error_of(endpoints.refresh("")) == "invalid_request"
    endpoints.amend(grant_types=("authorization_code",))
    assert error_of(endpoints.refresh(token)) == "unauthorized_client"


def test_refresh_narrows_one_answer_alone(endpoints: Endpoints):
    """RFC 6749 §6: fewer scopes for this answer; the family keeps what was granted."""
    token = endpoints.offline()["refresh_token"]
    narrow = endpoints.refresh(token, scope="openid").json()
    assert narrow["scope"] == "openid"
    assert "email" not in endpoints.userinfo(narrow["access_token"]).json()
    assert endpoints.refresh(narrow["refresh_token"]).json()["scope"] == "openid email offline_access"


@pytest.mark.parametrize("scope", ["openid profile", "phone", "openid bogus"])
def test_refresh_never_widens(endpoints: Endpoints, scope: str):
    """RFC 6749 §6: what was not granted is invalid_scope, and the token is not spent."""
    token = endpoints.offline()["refresh_token"]
    assert error_of(endpoints.refresh(token, scope=scope)) == "invalid_scope"
    assert endpoints.refresh(token).status == 200


def test_refresh_ends_when_nobody_comes(endpoints: Endpoints):
    """P7: thirty days of silence."""
    token = endpoints.offline()["refresh_token"]
    later(endpoints, days=30)
    assert error_of(endpoints.refresh(token)) == "invalid_grant"


def test_refresh_ends_whatever_happens(endpoints: Endpoints):
    """P7, OAU-30: ninety days, however often it was used."""
    token = endpoints.offline()["refresh_token"]
    for _ in range(4):
        later(endpoints, days=20)
        token = endpoints.refresh(token).json()["refresh_token"]
    later(endpoints, days=10)
    assert error_of(endpoints.refresh(token)) == "invalid_grant"


def disable_user(endpoints: Endpoints, tx) -> None:
    users.set_disabled(tx, "u1", NOW)


def revoke_grant(endpoints: Endpoints, tx) -> None:
    grants.revoke_session(tx, "s1", NOW)


def remove_credential(endpoints: Endpoints, tx) -> None:
    for name in ("p1", "k1"):
        credentials.remove_credential(tx, name, "u1")


@pytest.mark.parametrize(
    ("event", "is_repeat"),
    [
        (disable_user, False),
        (revoke_grant, False),
        (remove_credential, False),
        (disable_user, True),
        (revoke_grant, True),
    ],
)
def test_refresh_after_authority_is_gone_is_refused(endpoints: Endpoints, event, is_repeat: bool):
    """OAU-31, SES-14: person, grant and proofs must still stand; a repeat is no way around."""
    token = endpoints.offline()["refresh_token"]
    if is_repeat:
        endpoints.refresh(token)
    with endpoints.database.transaction() as tx:
        event(endpoints, tx)
    assert error_of(endpoints.refresh(token)) == "invalid_grant"


def test_refresh_that_is_denied_is_told_to_the_audit(endpoints: Endpoints):
    """An operator sees why: the reason is in the trail, and not in the answer."""
    token = endpoints.offline()["refresh_token"]
    with endpoints.database.transaction() as tx:
        remove_credential(endpoints, tx)
    assert error_of(endpoints.refresh(token)) == "invalid_grant"
    with endpoints.database.transaction() as tx:
        (event,) = audit.list_events(tx, limit=5, name="refresh_token.denied")
    assert (event.user_id, event.client_id, event.details["reason"]) == ("u1", "c1", "requirements_unmet")


def test_refresh_outlives_the_session(endpoints: Endpoints):
    """P12: offline access is what it says."""
    token = endpoints.offline()["refresh_token"]
    with endpoints.database.transaction() as tx:
        sessions.end(tx, "s1", NOW)
    assert endpoints.refresh(token).status == 200


def test_refresh_by_a_disabled_client_is_refused(endpoints: Endpoints):
    """OAU-31."""
    token = endpoints.offline()["refresh_token"]
    endpoints.amend(disabled_at=NOW)
    assert endpoints.refresh(token).status == 401


def test_refresh_follows_what_the_client_may_have(endpoints: Endpoints):
    """OAU-31: a scope that was taken from the client is gone; without offline access it ends."""
    token = endpoints.offline()["refresh_token"]
    endpoints.amend(scope=("openid", "offline_access"))
    answer = endpoints.refresh(token).json()
    assert answer["scope"] == "openid offline_access"
    assert error_of(endpoints.refresh(answer["refresh_token"], scope="email")) == "invalid_scope"
    endpoints.amend(scope=("openid",))
    assert error_of(endpoints.refresh(answer["refresh_token"])) == "invalid_grant"


def test_refresh_follows_what_the_person_allows(endpoints: Endpoints):
    """OAU-31: where people are asked, a consent that was withdrawn ends it, a smaller one narrows it."""
    token = endpoints.offline()["refresh_token"]
    endpoints.amend(first_party=False)
    scopes = ("openid", "offline_access")
    with endpoints.database.transaction() as tx:
        consents.save(tx, Consent(user_id="u1", client_id="c1", scopes=scopes, granted_at=NOW))
    answer = endpoints.refresh(token).json()
    assert answer["scope"] == "openid offline_access"
    with endpoints.database.transaction() as tx:
        consents.remove(tx, "u1", "c1")
    assert error_of(endpoints.refresh(answer["refresh_token"])) == "invalid_grant"


def test_refresh_tells_a_level_that_has_aged(endpoints: Endpoints):
    """ACR-22, policy.md §3: after `valid_for` the level falls, honestly; amr and auth_time do not move."""
    first = endpoints.offline()
    later(endpoints, hours=23, minutes=55)
    second = endpoints.refresh(first["refresh_token"]).json()
    assert (claims_of(endpoints, second["id_token"])["acr"], second["expires_in"]) == (MFA, 300)
    later(endpoints, minutes=5)
    third = endpoints.refresh(second["refresh_token"]).json()
    before, after = claims_of(endpoints, first["id_token"]), claims_of(endpoints, third["id_token"])
    assert (after["acr"], third["expires_in"]) == (LOW, 600)
    assert (after["amr"], after["auth_time"]) == (before["amr"], before["auth_time"])
    assert claims_of(endpoints, third["access_token"], "ES256")["acr"] == LOW


def test_refresh_in_the_last_moment_tells_the_next_level(endpoints: Endpoints):
    """P8: no token lives for less than a second."""
    first = endpoints.offline()
    endpoints.clock.at = NOW + timedelta(hours=24) - timedelta(milliseconds=10)
    second = endpoints.refresh(first["refresh_token"]).json()
    assert claims_of(endpoints, second["id_token"])["acr"] == LOW


def test_refresh_by_many_at_once_has_one_answer(endpoints: Endpoints):
    """OAU-27: every reply is the same, byte for byte, and one successor lives."""
    token, replies, gate = endpoints.offline()["refresh_token"], [], threading.Barrier(8)

    def refresh() -> None:
        gate.wait()
        replies.append(endpoints.refresh(token))

    threads = [threading.Thread(target=refresh) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1
    assert endpoints.refresh(replies[0].json()["refresh_token"]).status == 200


def test_refresh_of_an_opaque_client_stores_its_token(endpoints: Endpoints):
    """P8: opaque by choice, and then only for the one who wins."""
    endpoints.amend(access_token_format="opaque")
    token = endpoints.offline()["refresh_token"]
    answer = endpoints.refresh(token).json()
    assert len(answer["access_token"]) == 43
    assert endpoints.userinfo(answer["access_token"]).status == 200


def test_refresh_token_is_no_bearer_token(endpoints: Endpoints):
    """OAU-36: it opens nothing but the token endpoint."""
    assert endpoints.userinfo(endpoints.offline()["refresh_token"]).status == 401


def test_refresh_with_a_replay_that_is_gone_is_refused(endpoints: Endpoints):
    """A sealed answer that cannot be opened is no answer."""
    token = endpoints.offline()["refresh_token"]
    family_id = refresh_token.family_of(token)
    with endpoints.database.transaction() as tx:
        assert families.rotate(
            tx, family_id, presented=digest(token), successor="x", replay=b"", idle_until=NOW, now=NOW
        )
        assert clients.get(tx, "c1") is not None
    assert error_of(endpoints.refresh(token)) == "invalid_grant"
