"""The machine endpoints of `idp.oidc` on a real database, without pages: what a code or a token is worth."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
from msgspec import structs

from idp.core.assurance import Evidence, traits_table
from idp.core.tokens import SystemTokens, digest
from idp.factors.base import Credential
from idp.login.model import Finishing
from idp.login.policies import Policies
from idp.oidc.access_token import AccessTokens
from idp.oidc.client_credentials import ClientCredentials
from idp.oidc.discovery import Discovery
from idp.oidc.introspection import Introspector
from idp.oidc.jwks import Jwks
from idp.oidc.redemption import CodeRedeemer
from idp.oidc.refresh import Refresher
from idp.oidc.request import AuthorizationRequest
from idp.oidc.response import AuthorizeFinisher
from idp.oidc.revocation import Revoker
from idp.oidc.routes import routes
from idp.oidc.server import TokenServer
from idp.oidc.signed_token import SignedTokens
from idp.oidc.token import TokenIssuer
from idp.oidc.userinfo import UserInfo
from idp.policy.model import Assurance, Decision, Outcome, Requirement
from idp.records.bundles import store as bundles
from idp.records.bundles.model import BundleVersion
from idp.records.clients import store as clients
from idp.records.clients.model import ClientSecret
from idp.records.keys import store as signing_keys
from idp.records.keys.model import SigningKey
from idp.records.keys.service import KeyRing
from idp.records.sessions import store as sessions
from idp.records.sessions.model import Session
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.resources import shipped
from idp.storage import versions
from idp.storage.engine import Database
from idp.web.router import Router
from idp.web.transaction import Transactions
from tests.oidc.kit import CALLBACK, ISSUER, MFA, NOW, SECRET, VERIFIER, a_refreshing_client, asked
from tests.support.relying_party import basic
from tests.web import kit as web

_KEYS: list[SigningKey] = []
"""Made once, as making RSA keys is most of the time that a test of these takes."""


class Reply(web.Reply):
    """One answer, with its JSON."""

    def json(self) -> Any:
        return json.loads(self.body)


class SetClock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self):
        return self.at


class Endpoints:
    """One provider with a client `c1`, a person `u1` and her session `s1`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = SetClock()
        tokens = SystemTokens()
        self.keys = KeyRing(clock=self.clock)
        self.policies = Policies(traits=traits_table(), clock=self.clock)
        self.finisher = AuthorizeFinisher(issuer=ISSUER, tokens=tokens)
        access_tokens = AccessTokens(signed=SignedTokens(issuer=ISSUER, keys=self.keys), tokens=tokens)
        issuer = TokenIssuer(issuer=ISSUER, keys=self.keys, access_tokens=access_tokens)
        refresher = Refresher(clock=self.clock, issuer=issuer, policies=self.policies, tokens=tokens)
        asks = {"clock": self.clock, "policies": self.policies, "access_tokens": access_tokens}
        own = ClientCredentials(**asks, tokens=tokens)
        self.server = TokenServer(
            issuer=ISSUER,
            clock=self.clock,
            redeemer=CodeRedeemer(
                clock=self.clock, issuer=issuer, refresher=refresher, policies=self.policies, tokens=tokens
            ),
            refresher=refresher,
            client_credentials=own,
            revoker=Revoker(clock=self.clock, access_tokens=access_tokens),
            introspector=Introspector(issuer=ISSUER, client_credentials=own, **asks),
        )
        self.router = Router(
            routes=routes(
                discovery=Discovery(issuer=ISSUER, policies=self.policies),
                jwks=Jwks(keys=self.keys),
                token_server=self.server,
                user_info=UserInfo(**asks),
            ),
            pages=no_pages,
            transactions=Transactions(database),
        )
        self._seed()

    def _seed(self) -> None:
        with self.database.transaction() as tx:
            for key in _KEYS:
                signing_keys.add(tx, key)
            self.keys.ensure(tx, ("RS256", "ES256"))
            _KEYS[:] = signing_keys.list_keys(tx)
            self.policies.ensure(tx, shipped("policies") / "demo.yaml")
            clients.add(tx, a_refreshing_client())
            users.add(tx, User(id="u1", username="bob", created_at=NOW, display_name="Bob", email="bob@example.test"))
            for proof in proofs_of(NOW):
                credentials.add_credential(tx, a_credential(proof))
            sessions.add(tx, a_session())

    def code(self, request: AuthorizationRequest | None = None, **changes: Any) -> str:
        """Finish an interaction and return the code of its answer."""
        answer = self.answer(request, **changes)
        (code,) = parse_qs(urlsplit(answer.url).query)["code"]
        return code

    def answer(self, request: AuthorizationRequest | None = None, **changes: Any):
        with self.database.transaction() as tx:
            return self.finisher.finish(tx, self.finishing(request, **changes))

    def finishing(self, request: AuthorizationRequest | None = None, **changes: Any) -> Finishing:
        request = request or asked()
        values = {
            "demand": request.demand,
            "resume": msgspec.json.encode(request.resume).decode(),
            "user_id": "u1",
            "session_id": "s1",
            "decision": a_decision(self.clock.at),
            "decision_id": "d1",
            "now": self.clock.at,
        }
        return Finishing(**(values | changes))

    def redeem(self, code: str, *, headers: Mapping[str, str] | None = None, **changes: str) -> Reply:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        } | changes
        return self.post("/token", list(fields.items()), headers or {"Authorization": basic("c1", SECRET)})

    def offline(self, **changes: Any) -> Any:
        """Return the token reply of a grant with offline access."""
        scope = changes.pop("scope", "openid email offline_access")
        reply = self.redeem(self.code(asked(a_refreshing_client(), scope=scope, acr_values=MFA), **changes))
        assert reply.status == 200, reply.body
        return reply.json()

    def refresh(self, token: str, *, headers: Mapping[str, str] | None = None, **fields: str) -> Reply:
        sent = {"grant_type": "refresh_token", "refresh_token": token} | fields
        return self.post("/token", list(sent.items()), headers or {"Authorization": basic("c1", SECRET)})

    def introspect(self, token: str, *, headers: Mapping[str, str] | None = None) -> Any:
        reply = self.post("/introspect", [("token", token)], headers or {"Authorization": basic("c1", SECRET)})
        assert reply.status == 200, reply.body
        return reply.json()

    def revoke(self, token: str, *, headers: Mapping[str, str] | None = None, **fields: str) -> Reply:
        sent = {"token": token} | fields
        return self.post("/revoke", list(sent.items()), headers or {"Authorization": basic("c1", SECRET)})

    def amend(self, client_id: str = "c1", **changes: Any) -> None:
        """Change a client's record."""
        with self.database.transaction() as tx:
            clients.save(tx, replace(clients.get(tx, client_id), **changes))

    def publish(self, text: str) -> None:
        """Put a policy in force."""
        version = hashlib.sha256(text.encode()).hexdigest()
        with self.database.transaction() as tx:
            stored = BundleVersion(version=version, name="other", text=text, parent="", created_at=NOW)
            bundles.add(tx, stored)
            bundles.publish(tx, version, NOW)
            versions.bump(tx, "bundle")

    def stranger(self) -> Mapping[str, str]:
        """Register another client and return its credentials."""
        secret = ClientSecret(secret_hash=digest("secret-of-c2"), created_at=NOW)
        with self.database.transaction() as tx:
            clients.add(tx, a_refreshing_client(client_id="c2", secrets=(secret,)))
        return {"Authorization": basic("c2", "secret-of-c2")}

    def post(self, path: str, fields: list[tuple[str, str]], headers: Mapping[str, str] | None = None) -> Reply:
        return self.call("POST", path, headers, body=urlencode(fields).encode())

    def call(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> Reply:
        environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()}
        reply = web.call(self.router, method, path, **more, **environ)
        return Reply(reply.status, reply.headers, reply.body)

    def userinfo(self, token: str, **headers: str) -> Reply:
        return self.call("GET", "/userinfo", {"Authorization": f"Bearer {token}", **headers})


def a_session() -> Session:
    return Session(
        id="s1",
        secret_hash="x",
        user_id="u1",
        evidence=(),
        created_at=NOW,
        seen_at=NOW,
        expires_at=NOW + timedelta(days=7),
    )


def a_decision(now, **changes: Any) -> Decision:
    assurance = Assurance(acr=MFA, level=MFA, amr=("pwd", "otp", "mfa"), auth_time=now, lapses_at=None)
    values = {
        "outcome": Outcome.ALLOW,
        "required": Requirement(acr=(MFA,)),
        "assurance": structs.replace(assurance, **changes),
        "counted": proofs_of(now),
    }
    return Decision(**values)


def proofs_of(now) -> tuple[Evidence, ...]:
    about = {"at": now, "user_id": "u1", "interaction_id": "i1"}
    return (
        Evidence(factor="password", credential_id="p1", channel="person", **about),
        Evidence(factor="totp", credential_id="k1", channel="totp:k1", **about),
    )


def a_credential(proof: Evidence) -> Credential:
    return Credential(
        id=proof.credential_id, user_id="u1", factor=proof.factor, channel=proof.channel, created_at=NOW, material=b"m"
    )


def no_pages(environ, start_response):
    start_response("404 Not Found", [])
    return []
