"""What a visitor is told when the provider did not send them back with what the bank needs, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Flask, redirect, render_template, session
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from idp.demo.bank.relying import TroubleError
from idp.demo.bank.speech import spoken
from idp.web.texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One outcome page: what happened, and the next sensible step. A waiting transfer is offered beside it."""

    title: str
    text: str
    action: str
    href: str
    status: int = 400


_LEFT = ("sign_in_ended", "token_not_believed")
"""After these the bank keeps nobody signed in."""


def advice_on(error: str, *, purpose: str, issuer: str, texts: Texts) -> Advice:
    """Return the page for an error."""
    _ = texts.gettext
    if purpose == "transfer" and error == "access_denied":
        error = "transfer_denied"
    again = Advice(
        title=_("That did not work"),
        text=_("Your sign-in was not finished. Nothing has happened to your account."),
        action=_("Sign in again"),
        href="/sign-in",
    )
    return {**_about_sign_in(texts), **_about_money(texts, issuer), **_about_provider(texts)}.get(error, again)


def _about_sign_in(texts: Texts) -> Mapping[str, Advice]:
    _ = texts.gettext
    return {
        "access_denied": Advice(
            title=_("Not signed in"),
            text=_("The sign-in was refused or called off. Nothing has happened to your account."),
            action=_("Sign in again"),
            href="/sign-in",
            status=403,
        ),
        "login_required": Advice(
            title=_("Please sign in"),
            text=_("You are no longer signed in at the sign-in service."),
            action=_("Sign in"),
            href="/sign-in",
        ),
        "attempt_unknown": Advice(
            title=_("Please begin again"),
            text=_("This sign-in was begun in another window, or too long ago."),
            action=_("Sign in"),
            href="/sign-in",
        ),
    }


def _about_money(texts: Texts, issuer: str) -> Mapping[str, Advice]:
    _ = texts.gettext
    back = Advice(title="", text="", action=_("Back to the accounts"), href="/", status=403)
    return {
        "unmet_authentication_requirements": Advice(
            title=_("One more proof is needed"),
            text=_(
                "A transfer takes a second way to prove that it is you, and your sign-in has none that would do now. "
                "No money has moved."
            ),
            action=_("See your sign-in methods"),
            href=f"{issuer}/account/factors",
            status=403,
        ),
        "transfer_denied": replace(
            back,
            title=_("The transfer was not confirmed"),
            text=_("It was refused or called off at the sign-in service. No money has moved."),
        ),
        "another_person": replace(
            back,
            title=_("Somebody else came back"),
            text=_("The transfer was begun by one person and confirmed by another. No money has moved."),
        ),
        "not_what_was_asked": replace(
            back,
            title=_("The proof was not enough"),
            text=_(
                "The answer did not say what a transfer needs, and asking again would not help. No money has moved."
            ),
        ),
        "insufficient_funds": replace(
            back,
            title=_("Not enough on the account"),
            text=_("It held enough when you began, and no longer does. No money has moved."),
            status=409,
        ),
    }


def _about_provider(texts: Texts) -> Mapping[str, Advice]:
    _ = texts.gettext
    retry = Advice(title="", text="", action=_("Try again"), href="/sign-in")
    return {
        "provider_unreachable": replace(
            retry,
            title=_("The sign-in service does not answer"),
            text=_("The bank cannot reach it just now. Nothing has happened to your account."),
            status=502,
        ),
        "temporarily_unavailable": replace(
            retry,
            title=_("The sign-in service is busy"),
            text=_("It asks to be left alone for a moment. Nothing has happened to your account."),
            status=503,
        ),
    }


def _on_status(status: int, texts: Texts) -> Advice:
    """Return the page for what Flask itself refuses."""
    _ = texts.gettext
    title, text = {
        403: (_("That did not come from the bank"), _("Another page sent it, so nothing was done.")),
        404: (_("There is no such page"), _("Its address may have been mistyped.")),
    }.get(status, (_("That did not work"), _("The bank could not answer this.")))
    return Advice(title=title, text=text, action=_("To the start"), href="/", status=status)


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
        advice = advice_on(error.error, purpose=error.purpose, issuer=issuer, texts=spoken())
        return render_template("trouble.html", advice=advice, error=error.error), advice.status

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[str, int]:
        advice = _on_status(error.code or 500, spoken())
        return render_template("trouble.html", advice=advice, error=""), advice.status
