"""The bank's pages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps

from flask import Flask, Response, abort, redirect, render_template, request, session
from jinja2 import StrictUndefined
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response as WerkzeugResponse

from idp.core.clock import Clock
from idp.core.tokens import Tokens
from idp.demo.bank import NAME, farewells, payments, slips, speech, troubles, visitor, words
from idp.demo.bank.counter import Counter
from idp.demo.bank.farewells import Farewells
from idp.demo.bank.ledger import Ledger
from idp.demo.bank.relying import Relying
from idp.demo.bank.sessions import BankSessions
from idp.demo.bank.speech import spoken
from idp.resource_server import ResourceServer

Page = str | tuple[str, int] | WerkzeugResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What the bank is given when it opens."""

    address: str
    port: int
    issuer: str
    api: str
    """How the payments API is called in access tokens."""
    client_id: str
    client_secret: str = field(repr=False)


def create_bank(opening: Opening, *, clock: Clock, tokens: Tokens) -> Flask:
    """Build the bank, and the payments API behind it, which is also at `/payments`."""
    app = Flask(__name__)
    app.config.update(SESSION_COOKIE_NAME=f"bank_{opening.port}", MAX_CONTENT_LENGTH=16 * 1024)
    app.session_interface = sessions = BankSessions(tokens=tokens)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals.update(bank=NAME, money=words.money, issuer=opening.issuer)
    speech.install(app)
    relying = Relying(
        app,
        issuer=opening.issuer,
        client_id=opening.client_id,
        client_secret=opening.client_secret,
        address=opening.address,
    )
    api = payments.create_payments(
        ResourceServer(opening.issuer, opening.api, clock=clock), ledger=Ledger(), clock=clock
    )
    counter = Counter(relying, api, clock=clock)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/payments": api})  # type: ignore[method-assign]
    app.context_processor(lambda: {"visitor": visitor.current(session), "waiting": session.get("waiting")})
    app.before_request(lambda: _same_origin(opening.address))
    app.after_request(unstored)
    _doors(app, relying, counter)
    app.register_blueprint(farewells.blueprint(Farewells(relying, sessions)))
    _rooms(app, counter, clock)
    _transfers(app, counter, tokens)
    troubles.install(app, issuer=opening.issuer)
    return app


def _same_origin(address: str) -> None:
    """Refuse forms that other sites send (the Lax cookie would not come along either)."""
    if request.method == "POST" and request.headers.get("Origin", address) != address:
        abort(403)


def _doors(app: Flask, relying: Relying, counter: Counter) -> None:
    """Coming in and going out."""

    @app.get("/sign-in")
    def sign_in() -> WerkzeugResponse:
        hint, again = request.args.get("hint", ""), "again" in request.args
        wishes = {"login_hint": hint, "prompt": "login" if again else ""}
        return relying.sign_in(**{name: value for name, value in wishes.items() if value})

    @app.get("/callback")
    def callback() -> WerkzeugResponse:
        purpose = relying.take_back()
        session.renew()  # type: ignore[attr-defined]
        if purpose == "transfer" and "waiting" in session:
            return counter.pay(session) or redirect("/transfer/done", 303)
        return redirect("/", 303)

    @app.post("/sign-out")
    def sign_out() -> Page:
        tokens = session.get("tokens", {})
        session.clear()
        return redirect(relying.leave(tokens), 303)

    @app.get("/signed-out")
    def signed_out() -> Page:
        return render_template("signed_out.html")


def _rooms(app: Flask, counter: Counter, clock: Clock) -> None:
    """What one may look at."""

    @app.get("/")
    def home() -> Page:
        if visitor.current(session) is None:
            return render_template("welcome.html")
        account = counter.account(session)
        return render_template("accounts.html", balance=account["balance"], transfers=account["transfers"])

    @app.get("/account")
    @signed_in
    def account() -> Page:
        claims = session["visitor"]["claims"]
        return render_template(
            "account.html", claims=words.claims(claims, spoken(), now=clock.now()), sub=claims["sub"]
        )

    @app.get("/transfer/done")
    @signed_in
    def done() -> Page:
        if "done" not in session:
            return redirect("/", 303)
        transfer, texts, now = session["done"]["transfer"], spoken(), clock.now()
        return render_template(
            "done.html",
            transfer=transfer,
            claims=words.claims(session["done"]["claims"], texts, now=now),
            access_claims=words.access_claims(transfer["proof"], texts, now=now),
            lasting=words.lasting(transfer["proof"].get("auth_time"), payments.FRESH, texts, now=now),
        )


def _transfers(app: Flask, counter: Counter, tokens: Tokens) -> None:
    """Where money moves."""

    @app.get("/transfer")
    @signed_in
    def transfer() -> Page:
        return render_template("transfer.html", typed={"to": "", "amount": ""}, wrong={})

    @app.post("/transfer")
    @signed_in
    def send() -> Page:
        typed = {name: request.form.get(name, "").strip() for name in ("to", "amount")}
        wrong = slips.mistakes(typed, counter.account(session)["balance"], spoken())
        if wrong:
            return render_template("transfer.html", typed=typed, wrong=wrong), 422
        session["waiting"] = {"id": tokens.new_id(), "to": typed["to"], "cents": slips.cents_of(typed["amount"])}
        return counter.pay(session) or redirect("/transfer/done", 303)

    @app.post("/transfer/waiting")
    @signed_in
    def decide() -> Page:
        if "waiting" not in session or request.form.get("choice") != "continue":
            session.pop("waiting", None)
            return redirect("/", 303)
        return counter.pay(session) or redirect("/transfer/done", 303)


def signed_in(view: Callable[[], Page]) -> Callable[[], Page]:
    """Let nobody in who has not signed in."""

    @wraps(view)
    def guarded() -> Page:
        return view() if visitor.current(session) else redirect("/sign-in", 303)

    return guarded


def unstored(response: Response) -> Response:
    """Add the headers of every page: nothing is kept, nothing foreign is loaded, nobody frames it."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
