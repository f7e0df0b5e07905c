"""The bank's pages."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, abort, redirect, render_template, request, session
from jinja2 import StrictUndefined
from werkzeug.wrappers import Response as WerkzeugResponse

from idp.core.clock import Clock
from idp.demo.bank import troubles, visitor, words
from idp.demo.bank.relying import Relying, unstored

_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,6})(?:[.,](?P<cents>[0-9]{2}))?", re.ASCII)
_LONGEST_NAME = 40

Page = str | tuple[str, int] | WerkzeugResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What the bank is given when it opens."""

    address: str
    port: int
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    cookie_key: str = field(repr=False)


def create_bank(opening: Opening, *, clock: Clock) -> Flask:
    """Build the bank."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=opening.cookie_key,
        SESSION_COOKIE_NAME=f"bank_{opening.port}",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        MAX_CONTENT_LENGTH=16 * 1024,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals.update(money=words.money, issuer=opening.issuer)
    relying = Relying(
        app,
        issuer=opening.issuer,
        client_id=opening.client_id,
        client_secret=opening.client_secret,
        callback=f"{opening.address}/callback",
        clock=clock,
    )
    app.context_processor(lambda: {"visitor": visitor.current(session)})
    app.before_request(lambda: _same_origin(opening.address))
    app.after_request(unstored)
    _doors(app, relying, clock)
    _rooms(app, clock)
    _counter(app, relying, clock)
    troubles.install(app)
    return app


def _same_origin(address: str) -> None:
    """Refuse forms that other sites send (the Lax cookie would not come along either)."""
    if request.method == "POST" and request.headers.get("Origin", address) != address:
        abort(403)


def _doors(app: Flask, relying: Relying, clock: Clock) -> None:
    """Coming in and going out."""

    @app.get("/sign-in")
    def sign_in() -> WerkzeugResponse:
        hint, again = request.args.get("hint", ""), "again" in request.args
        wishes = {"login_hint": hint, "prompt": "login" if again else ""}
        return relying.sign_in(**{name: value for name, value in wishes.items() if value})

    @app.get("/callback")
    def callback() -> WerkzeugResponse:
        attempt = relying.take_back()
        if attempt.draft is None:
            return redirect("/", 303)
        visitor.book(session, attempt.draft, clock=clock)
        return redirect("/transfer/done", 303)

    @app.post("/sign-out")
    def sign_out() -> Page:
        visitor.leave(session)
        return redirect("/signed-out", 303)

    @app.get("/signed-out")
    def signed_out() -> Page:
        return render_template("signed_out.html")


def _rooms(app: Flask, clock: Clock) -> None:
    """What one may look at."""

    @app.get("/")
    def home() -> Page:
        if visitor.current(session) is None:
            return render_template("welcome.html")
        balance = session.get("balance", visitor.OPENING_BALANCE)
        return render_template("accounts.html", balance=balance, transfers=session.get("transfers", []))

    @app.get("/account")
    @_signed_in
    def account() -> Page:
        claims = (visitor.current(session) or {})["claims"]
        return render_template("account.html", claims=words.claims(claims, now=clock.now()), sub=claims["sub"])


def _counter(app: Flask, relying: Relying, clock: Clock) -> None:
    """Where money moves."""

    @app.get("/transfer")
    @_signed_in
    def transfer() -> Page:
        return render_template("transfer.html", typed={"to": "", "amount": ""}, wrong={})

    @app.post("/transfer")
    @_signed_in
    def send() -> Page:
        typed = {name: request.form.get(name, "").strip() for name in ("to", "amount")}
        wrong = _mistakes(typed, session.get("balance", visitor.OPENING_BALANCE))
        if wrong:
            return render_template("transfer.html", typed=typed, wrong=wrong), 422
        return relying.step_up({"to": typed["to"], "cents": cents_of(typed["amount"])})

    @app.get("/transfer/done")
    @_signed_in
    def done() -> Page:
        if not session.get("transfers"):
            return redirect("/", 303)
        newest = session["transfers"][0]
        return render_template("done.html", transfer=newest, claims=words.claims(newest["claims"], now=clock.now()))


def _signed_in(view: Callable[[], Page]) -> Callable[[], Page]:
    """Let nobody in who has not signed in."""

    def guarded() -> Page:
        return view() if visitor.current(session) else redirect("/sign-in", 303)

    guarded.__name__ = view.__name__
    return guarded


def cents_of(text: str) -> int | None:
    """Return an amount in cents, or None for what is no amount."""
    match = _AMOUNT.fullmatch(text.replace("€", "").strip())
    return int(match["whole"]) * 100 + int(match["cents"] or 0) if match else None


def _mistakes(typed: dict[str, Any], balance: int) -> dict[str, str]:
    """Say what was wrong and what to do, for each field."""
    wrong = {}
    if not 1 <= len(typed["to"]) <= _LONGEST_NAME or not typed["to"].isprintable():
        wrong["to"] = f"Enter who receives the money, in at most {_LONGEST_NAME} letters."
    cents = cents_of(typed["amount"])
    if cents is None or cents == 0:
        wrong["amount"] = "Enter an amount in euros, such as 25 or 25.00."
    elif cents > balance:
        wrong["amount"] = f"Enter at most {words.money(balance)}, which is what the account holds."
    return wrong
