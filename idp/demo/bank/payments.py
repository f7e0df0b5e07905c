"""The payments API behind the bank: an API of its own, which believes access tokens and nothing else.

It says in one line what moving money takes, and `idp.resource_server` does the rest: verification, and the refusal that
tells the caller what would do (RFC 9470 §3).
"""

from collections.abc import Mapping
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue

from idp.core.clock import Clock
from idp.demo.bank.ledger import Ledger
from idp.resource_server import ResourceServer, VerifiedToken
from idp.resource_server.flask import Protect

MFA = "urn:idp:acr:mfa"
FRESH = 300
"""Seconds for which a proof lets money move."""
_SHOWN_CLAIMS = ("acr", "amr", "auth_time", "aud", "exp")


def create_payments(server: ResourceServer, *, ledger: Ledger, clock: Clock) -> Flask:
    """Build the API."""
    app = Flask("payments")
    protect = Protect(server)

    @app.get("/account")
    @protect.require(scopes=["openid"])
    def account() -> ResponseReturnValue:
        return dict(ledger.look(protect.token.sub))

    @app.post("/transfers")
    @protect.require(acr_values=[MFA], max_age=FRESH)
    def transfer() -> ResponseReturnValue:
        wanted = _wanted(request.get_json(silent=True))
        if wanted is None:
            return {"error": "invalid_request"}, 400
        proof = proof_of(protect.token)
        booked = ledger.book(protect.token.sub, {**wanted, "at": int(clock.now().timestamp()), "proof": proof})
        return (dict(booked), 201) if booked is not None else ({"error": "insufficient_funds"}, 409)

    return app


def proof_of(token: VerifiedToken) -> Mapping[str, Any]:
    """Return what the token says of how its person signed in, for the books."""
    return {name: token.claims[name] for name in _SHOWN_CLAIMS if name in token.claims}


def _wanted(body: Any) -> Mapping[str, Any] | None:
    """Return the transfer that is asked for; None where it is not one."""
    if not isinstance(body, dict) or set(body) != {"id", "to", "cents"}:
        return None
    is_text = all(isinstance(body[name], str) and 0 < len(body[name]) <= 64 for name in ("id", "to"))
    cents = body["cents"]
    is_amount = isinstance(cents, int) and not isinstance(cents, bool) and cents > 0
    return body if is_text and is_amount else None
