"""What the provider tells the bank: that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0 §2.6).

A logout token is checked in every part and taken once. Then the bank forgets what it kept under that session; what it
has forgotten already, or never knew, is as good (§2.7).
"""

import threading
from collections import OrderedDict

import requests
from authlib.common.errors import AuthlibBaseError
from flask import Blueprint, Response, request
from joserfc.errors import JoseError

from idp.demo.bank.relying import Relying, TroubleError
from idp.demo.bank.sessions import BankSessions

PATH = "/backchannel-logout"
_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_MOST = 10_000
"""Tokens that are remembered: far more than come while one of them is good."""


class Farewells:
    """Takes logout tokens."""

    def __init__(self, relying: Relying, sessions: BankSessions) -> None:
        self._relying = relying
        self._sessions = sessions
        self._taken: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, token: str) -> bool:
        """Forget the session that a logout token names; false for a token that is none, or has come before.

        Raises RequestException or TroubleError while the provider cannot be asked for its keys.
        """
        try:
            claims = self._relying.read(token, typ="logout+jwt")
        except (AuthlibBaseError, JoseError, ValueError):
            return False
        events, sid, jti = (claims.get(name) for name in ("events", "sid", "jti"))
        is_logout = isinstance(events, dict) and events.get(_EVENT) == {} and "nonce" not in claims
        if not is_logout or not isinstance(sid, str) or not isinstance(jti, str) or not self._is_new(jti):
            return False
        self._sessions.end(sid)
        return True

    def _is_new(self, jti: str) -> bool:
        with self._lock:
            if jti in self._taken:
                return False
            self._taken[jti] = None
            if len(self._taken) > _MOST:
                self._taken.popitem(last=False)
            return True


def blueprint(farewells: Farewells) -> Blueprint:
    """Mount where the provider posts to."""
    pages = Blueprint("farewells", __name__)

    @pages.post(PATH)
    def take() -> Response:
        try:
            is_taken = farewells.take(request.form.get("logout_token", ""))
        except (requests.RequestException, TroubleError):
            return Response(status=503)
        return Response(status=200 if is_taken else 400)

    return pages
