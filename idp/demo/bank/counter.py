"""The bank's counter: carries a visitor's wishes to the payments API, with the access token that it holds.

An expired token is refreshed, once. When the API wants more than the token proves, its refusal becomes one redirect to
the provider (`StepUp`, RFC 9470 §4); the transfer waits in the session meanwhile, and is carried out afterwards. What
was asked already is kept in the session too, so that no disagreement between API and provider sends anybody in circles.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any

from flask import Flask
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response as WerkzeugResponse

from idp.core.clock import Clock
from idp.demo.bank import visitor
from idp.demo.bank.relying import Relying, TroubleError
from idp.resource_server import MalformedChallengeError, StepUp, StepUpLoopError

Session = MutableMapping[str, Any]


class Counter:
    """Talks to the API for one visitor at a time."""

    def __init__(self, relying: Relying, payments: Flask, *, clock: Clock) -> None:
        self._relying = relying
        # In this process, to be started with one command; all it is given is what would go over the wire.
        self._api = Client(payments)
        self._clock = clock

    def account(self, session: Session) -> Mapping[str, Any]:
        """Return the balance and the latest transfers."""
        account: Mapping[str, Any] = _good(self._call(session, "GET", "/account"))
        return account

    def pay(self, session: Session) -> WerkzeugResponse | None:
        """Carry out the transfer that waits; return the redirect that must come first, if one must."""
        answer = self._call(session, "POST", "/transfers", json=session["waiting"])
        if answer.status_code == 401:
            return self._ask_for_more(session, answer.headers.get("WWW-Authenticate", ""))
        if answer.status_code == 409:
            session.pop("waiting")
            raise TroubleError("insufficient_funds", purpose="transfer")
        session["done"] = {"transfer": _good(answer), "claims": session["visitor"]["claims"]}
        session.pop("waiting")
        session.pop("asked", None)
        return None

    def _ask_for_more(self, session: Session, refusal: str) -> WerkzeugResponse:
        step_up = StepUp(acr_satisfied_by=self._relying.satisfied_by(), clock=self._clock)
        try:
            answer = step_up.answer(refusal, state=session.get("asked", ""), held=session["visitor"]["claims"])
        except (StepUpLoopError, MalformedChallengeError) as error:
            session.pop("asked", None)
            raise TroubleError("not_what_was_asked", purpose="transfer") from error
        if answer is None:
            raise TroubleError("token_not_believed")
        session["asked"] = answer.state
        return self._relying.step_up(answer.parameters)

    def _call(self, session: Session, method: str, path: str, **body: Any) -> TestResponse:
        """Call the API; refresh before, if the token is known to have ended, or after, if the API says so."""
        if visitor.has_expired(session, now=self._clock.now()):
            self._relying.refresh(session)
        answer = self._send(session, method, path, body)
        if answer.status_code == 401 and 'error="invalid_token"' in answer.headers.get("WWW-Authenticate", ""):
            self._relying.refresh(session)
            answer = self._send(session, method, path, body)
        return answer

    def _send(self, session: Session, method: str, path: str, body: Mapping[str, Any]) -> TestResponse:
        bearer = {"Authorization": f"Bearer {session['tokens']['access_token']}"}
        return self._api.open(path, method=method, headers=bearer, **body)


def _good(answer: TestResponse) -> Any:
    """Return what the API said; raise TroubleError when it cannot serve."""
    if answer.status_code == 401:
        raise TroubleError("token_not_believed")
    if answer.status_code >= 400:
        raise TroubleError("provider_unreachable" if answer.status_code == 503 else "api_refused")
    return answer.json
