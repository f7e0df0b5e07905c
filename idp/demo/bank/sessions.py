"""The bank's sessions: on its side, so that no token ever lies in a browser; the cookie is a random name for one.

Kept in memory and bounded: when the demo starts again the bank asks the provider, which still knows its people.
"""

import threading
from collections import OrderedDict
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

from idp.core.tokens import Tokens, digest
from idp.demo.bank import visitor

_MOST = 1000
_MOST_ENDED = 10_000
"""Sign-ins that are remembered as ended: far more than end while one request is answered."""
_LONGEST = 100
_LIFETIME = timedelta(hours=12)


class BankSession(dict[str, Any], SessionMixin):
    """What the bank remembers of one browser."""

    def __init__(self, name: str, kept: dict[str, Any]) -> None:
        super().__init__(kept)
        self.name = name
        self.is_renewed = False

    def renew(self) -> None:
        """Give the session another name: who signs in is not found under one that somebody else may know."""
        self.is_renewed = True


class BankSessions(SessionInterface):
    """Finds and keeps sessions by the digest of their names."""

    def __init__(self, *, tokens: Tokens) -> None:
        self._tokens = tokens
        self._kept: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def open_session(self, app: Flask, request: Request) -> BankSession:
        """Return the session that the cookie names, or an empty one."""
        name = request.cookies.get(self.get_cookie_name(app), "")[:_LONGEST]
        with self._lock:
            kept = self._kept.get(digest(name))
            return BankSession(name if kept is not None else "", dict(kept or {}))

    def end(self, sid: str) -> None:
        """Forget whoever is signed in by this session of the provider's, in each browser, and whoever is just coming.

        What is under way stays: the same browser may have begun to sign in again before the bank is told.
        """
        with self._lock:
            self._ended[sid] = None
            if len(self._ended) > _MOST_ENDED:
                self._ended.popitem(last=False)
            for name, kept in list(self._kept.items()):
                left = self._left(kept)
                if left:
                    self._kept[name] = left
                else:
                    del self._kept[name]

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep the session; an empty one is forgotten."""
        assert isinstance(session, BankSession)  # noqa: S101 -- the only kind that `open_session` gives
        before, name = session.name, session.name
        if session and (session.is_renewed or not name):
            name = self._tokens.token()
        with self._lock:
            if before and digest(before) not in self._kept:
                return  # it was forgotten while this request was answered, and stays so
            left = self._left(dict(session))
            if before and (name != before or not left):
                self._kept.pop(digest(before), None)
            if left:
                self._kept[digest(name)] = left
                self._kept.move_to_end(digest(name))
                while len(self._kept) > _MOST:
                    self._kept.popitem(last=False)
        if left and name != before:
            response.set_cookie(
                self.get_cookie_name(app), name, max_age=_LIFETIME, httponly=True, samesite="Lax", path="/"
            )
        elif before and not left:
            response.delete_cookie(self.get_cookie_name(app), httponly=True, samesite="Lax", path="/")

    def _left(self, kept: dict[str, Any]) -> dict[str, Any]:
        return visitor.attempts(kept) if visitor.sid(kept) in self._ended else kept
