"""Answers of the authorization endpoint, and what an interaction ends in."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.core.tokens import digest
from idp.oidc import response
from idp.oidc.standing import store as standings
from idp.policy.model import Decision, Outcome, Requirement
from idp.records.audit import store as audit
from idp.records.grants import store as grants
from idp.records.sessions import store as sessions
from tests.oidc.endpoints import Endpoints
from tests.oidc.kit import CALLBACK, ISSUER, MFA, NOW, asked, signed


def test_granted_answers_by_query():
    """RFC 9207 §2: code, iss and state, and nothing else."""
    answer = response.granted(asked(state="a&b").resume, code="c", issuer=ISSUER)
    assert answer.fields is None
    assert answer.url == f"{CALLBACK}?code=c&iss=https%3A%2F%2Fidp.test&state=a%26b"


def test_granted_without_state_has_none():
    """RFC 6749 §4.1.2: state only if it was sent."""
    answer = response.granted(asked(without=("state",)).resume, code="c", issuer=ISSUER)
    assert "state" not in parse_qs(urlsplit(answer.url).query)


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_refused_answers_in_the_mode_that_was_asked_for(mode):
    """OAuth 2.0 Form Post Response Mode §2: errors too; an empty description is left out."""
    answer = response.refused(asked(response_mode=mode).resume, error="e", description="", issuer=ISSUER)
    expected = {"error": "e", "iss": ISSUER, "state": "a state"}
    if mode == "form_post":
        assert (answer.url, answer.fields) == (CALLBACK, expected)
    else:
        assert {name: values[0] for name, values in parse_qs(urlsplit(answer.url).query).items()} == expected


def test_finish_stores_what_the_tokens_will_say(endpoints: Endpoints):
    """The grant keeps who, what, on which evidence; the code is kept as a hash and lives 60 s."""
    request = asked(scope="openid email", acr_values=MFA, max_age="60")
    code = endpoints.code(request)
    with endpoints.database.transaction() as tx:
        stored, _ = standings.of_code(tx, digest(code))
        grant = grants.get_grant(tx, stored.grant_id)
        (event,) = audit.list_events(tx, limit=10, name="grant.issued")
        assert sessions.list_clients_of(tx, "s1") == ("c1",)
    assert (stored.redirect_uri, stored.code_challenge) == (CALLBACK, request.resume.code_challenge)
    assert (stored.expires_at - NOW).total_seconds() == 60
    assert (grant.user_id, grant.client_id, grant.session_id, grant.decision_id) == ("u1", "c1", "s1", "d1")
    assert (grant.scopes, grant.nonce, grant.asked_acr) == (("openid", "email"), "a nonce", (MFA,))
    assert (grant.acr, grant.amr, grant.wants_auth_time) == (MFA, ("pwd", "otp", "mfa"), True)
    assert [proof.factor for proof in grant.evidence] == ["password", "totp"]
    assert code not in repr(event)


@pytest.mark.parametrize("place", ["id_token", "userinfo"])
def test_finish_never_answers_for_somebody_else(endpoints: Endpoints, place):
    """OIDC Core 1.0 §3.1.2.2: whoever else signed in, the subject asked for is not she."""
    request = asked(claims=json.dumps({place: {"sub": {"values": ["u2", "u3"]}}}))
    assert "error=login_required" in endpoints.answer(request).url
    request = asked(claims=json.dumps({place: {"sub": {"values": ["u1", "u3"]}}}))
    assert "code=" in endpoints.answer(request).url


def test_finish_never_answers_for_another_than_the_hint_names(endpoints: Endpoints):
    """OIDC Core 1.0 §3.1.2.1: whoever else signed in after an id_token_hint, no token is about her."""
    hint = signed({"iss": ISSUER, "sub": "u2", "aud": "c1", "exp": 1})
    assert "error=login_required" in endpoints.answer(asked(id_token_hint=hint)).url


def test_finish_without_assurance_issues_nothing(endpoints: Endpoints):
    """Nothing is issued on no evidence."""
    decision = Decision(outcome=Outcome.ALLOW, required=Requirement(acr=()), assurance=None)
    assert "error=login_required" in endpoints.answer(decision=decision).url


def test_refuse_tells_the_error(endpoints: Endpoints):
    """The finisher's other end."""
    finishing = endpoints.finishing()
    assert "error=access_denied" in endpoints.finisher.refuse(finishing.resume, error="access_denied").url
