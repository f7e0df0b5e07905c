"""Answers of the authorization endpoint: to the query, or by a posted form (OAuth 2.0 Form Post Response Mode).

Every answer, good or bad, carries `iss` (RFC 9207 §2) and the `state` it was asked with. `AuthorizeFinisher` is what an
interaction ends in: it turns what was proved into a grant and a code (RFC 6749 §4.1.2).
"""

from datetime import timedelta
from typing import Protocol

import msgspec

from idp.core.tokens import Tokens, digest
from idp.login.model import Answer, Finishing
from idp.oidc.redirects import with_parameters
from idp.oidc.request import Resume
from idp.policy.model import Assurance
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.grants import store as grants
from idp.records.grants.model import AuthorizationCode, Grant
from idp.records.sessions import store as sessions
from idp.storage.tx import Tx

CODE_TTL = timedelta(seconds=60)


class Asker(Protocol):
    """Where an answer goes."""

    @property
    def redirect_uri(self) -> str:
        """The verified redirection URI."""
        ...

    @property
    def response_mode(self) -> str:
        """`query` or `form_post`."""
        ...

    @property
    def state(self) -> str | None:
        """The client's own value, echoed exactly."""
        ...


def granted(asker: Asker, *, code: str, issuer: str) -> Answer:
    """Return the answer that hands over a code (RFC 6749 §4.1.2)."""
    return _answer(asker, {"code": code}, issuer)


def refused(asker: Asker, *, error: str, description: str, issuer: str) -> Answer:
    """Return the answer that tells the client an error (OIDC Core 1.0 §3.1.2.6)."""
    fields = {"error": error, "error_description": description}
    return _answer(asker, {name: value for name, value in fields.items() if value}, issuer)


def _answer(asker: Asker, fields: dict[str, str], issuer: str) -> Answer:
    fields["iss"] = issuer
    if asker.state is not None:
        fields["state"] = asker.state
    if asker.response_mode == "form_post":
        return Answer(url=asker.redirect_uri, fields=fields)
    return Answer(url=with_parameters(asker.redirect_uri, fields))


class AuthorizeFinisher:
    """Ends interactions that began at `/authorize`."""

    def __init__(self, *, issuer: str, tokens: Tokens) -> None:
        self._issuer = issuer
        self._tokens = tokens

    def finish(self, tx: Tx, finishing: Finishing) -> Answer:
        """Store a grant and its code, and return the answer with the code."""
        resume = msgspec.json.decode(finishing.resume, type=Resume)
        assurance = finishing.decision.assurance
        if assurance is None or any(finishing.user_id not in subjects for subjects in resume.subjects):
            # A token about somebody else than who was asked for is never issued (OIDC Core 1.0 §3.1.2.2).
            return refused(resume, error="login_required", description="", issuer=self._issuer)
        grant = self._grant(finishing, resume, assurance)
        code = self._tokens.token()
        grants.add_grant(tx, grant)
        grants.add_code(tx, _code(code, grant, resume))
        sessions.note_client(tx, grant.session_id, grant.client_id, finishing.now)
        audit.add(tx, _event(grant))
        return granted(resume, code=code, issuer=self._issuer)

    def refuse(self, resume: str, *, error: str) -> Answer:
        """Return the answer of an interaction that ended without what was asked for."""
        asker = msgspec.json.decode(resume, type=Resume)
        return refused(asker, error=error, description="", issuer=self._issuer)

    def _grant(self, finishing: Finishing, resume: Resume, assurance: Assurance) -> Grant:
        return Grant(
            id=self._tokens.new_id(),
            user_id=finishing.user_id,
            client_id=resume.client_id,
            session_id=finishing.session_id,
            created_at=finishing.now,
            scopes=resume.scopes,
            nonce=resume.nonce,
            claims=resume.claims,
            asked_acr=resume.asked_acr,
            evidence=finishing.decision.counted,
            acr=assurance.acr,
            amr=assurance.amr,
            auth_time=assurance.auth_time,
            lapses_at=assurance.lapses_at,
            wants_auth_time=resume.wants_auth_time,
            decision_id=finishing.decision_id,
        )


def _code(code: str, grant: Grant, resume: Resume) -> AuthorizationCode:
    return AuthorizationCode(
        code_hash=digest(code),
        grant_id=grant.id,
        client_id=grant.client_id,
        redirect_uri=resume.redirect_uri,
        code_challenge=resume.code_challenge,
        expires_at=grant.created_at + CODE_TTL,
    )


def _event(grant: Grant) -> Event:
    return Event(
        name="grant.issued",
        at=grant.created_at,
        user_id=grant.user_id,
        client_id=grant.client_id,
        session_id=grant.session_id,
        decision_id=grant.decision_id,
        details={"acr": grant.acr, "scope": " ".join(grant.scopes)},
    )
