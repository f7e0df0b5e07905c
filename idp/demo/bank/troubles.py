"""What a visitor is told when the provider did not send them back with what the bank needs, and what to do next."""

from dataclasses import dataclass, replace

from flask import Flask, redirect, render_template, session
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from idp.demo.bank.relying import TroubleError


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One outcome page: what happened, and the next sensible step. A waiting transfer is offered beside it."""

    title: str
    text: str
    action: str
    href: str
    status: int = 400


_AGAIN = Advice(
    title="That did not work",
    text="Your sign-in was not finished. Nothing has happened to your account.",
    action="Sign in again",
    href="/sign-in",
)
_CANCELLED = Advice(
    title="Not signed in",
    text="The sign-in was refused or called off. Nothing has happened to your account.",
    action="Sign in again",
    href="/sign-in",
    status=403,
)
_KNOWN = {
    "unmet_authentication_requirements": Advice(
        title="One more proof is needed",
        text="A transfer takes a second way to prove that it is you, and your sign-in has none that would do now. "
        "No money has moved.",
        action="See your sign-in methods",
        href="{issuer}/account/factors",
        status=403,
    ),
    "access_denied": _CANCELLED,
    "login_required": replace(
        _AGAIN, title="Please sign in", text="You are no longer signed in at the sign-in service.", action="Sign in"
    ),
    "attempt_unknown": Advice(
        title="Please begin again",
        text="This sign-in was begun in another window, or too long ago.",
        action="Sign in",
        href="/sign-in",
    ),
    "another_person": Advice(
        title="Somebody else came back",
        text="The transfer was begun by one person and confirmed by another. No money has moved.",
        action="Back to the accounts",
        href="/",
        status=403,
    ),
    "not_what_was_asked": Advice(
        title="The proof was not enough",
        text="The answer did not say what a transfer needs, and asking again would not help. No money has moved.",
        action="Back to the accounts",
        href="/",
        status=403,
    ),
    "insufficient_funds": Advice(
        title="Not enough on the account",
        text="It held enough when you began, and no longer does. No money has moved.",
        action="Back to the accounts",
        href="/",
        status=409,
    ),
    "provider_unreachable": Advice(
        title="The sign-in service does not answer",
        text="The bank cannot reach it just now. Nothing has happened to your account.",
        action="Try again",
        href="/sign-in",
        status=502,
    ),
    "temporarily_unavailable": Advice(
        title="The sign-in service is busy",
        text="It asks to be left alone for a moment. Nothing has happened to your account.",
        action="Try again",
        href="/sign-in",
        status=503,
    ),
}
_CANCELLED_TRANSFER = Advice(
    title="The transfer was not confirmed",
    text="It was refused or called off at the sign-in service. No money has moved.",
    action="Back to the accounts",
    href="/",
    status=403,
)
_LEFT = ("sign_in_ended", "token_not_believed")
"""After these the bank keeps nobody signed in."""


def advice_on(error: str, *, purpose: str) -> Advice:
    """Return the page for an error."""
    if purpose == "transfer" and error == "access_denied":
        return _CANCELLED_TRANSFER
    return _KNOWN.get(error, _AGAIN)


def install(app: Flask, *, issuer: str) -> None:
    """Answer troubles, and what Flask itself refuses, with a page."""

    @app.errorhandler(TroubleError)
    def trouble(error: TroubleError) -> tuple[str, int] | WerkzeugResponse:
        if error.purpose == "transfer":
            session.pop("asked", None)  # an answer came, and it was no: nobody is going in circles
        if error.error in _LEFT:
            session.clear()
        if error.error == "sign_in_ended":
            return redirect("/sign-in", 303)
        if error.error == "another_person":
            session.pop("waiting", None)
        advice = advice_on(error.error, purpose=error.purpose)
        advice = replace(advice, href=advice.href.format(issuer=issuer))
        return render_template("trouble.html", advice=advice, error=error.error), advice.status

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[str, int]:
        status = error.code or 500
        advice = Advice(title=error.name, text="There is nothing to see here.", action="To the start", href="/")
        return render_template("trouble.html", advice=advice, error=""), status
