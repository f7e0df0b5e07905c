"""A small provider for the tests of `idp.login`: the real records, policy, factors and pages, and a caller of its own.

The caller stands in for `/authorize`: `GET /start?…` begins an interaction with a demand made from the query, and its
finisher answers with what it was told, so that a test sees what a relying party would.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pyotp
from flask import Flask, Response, request
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader

from idp.core.assurance import traits_table
from idp.core.tokens import SystemTokens
from idp.factors.base import Factor
from idp.factors.registry import build
from idp.login import views
from idp.login.assessing.assessor import Assessor
from idp.login.away import Departures
from idp.login.begun import Admitted, Asked, Finished
from idp.login.breaches import NoBreaches
from idp.login.choosing import NewPasswords
from idp.login.endpoint import LoginEndpoint
from idp.login.finisher import Doors
from idp.login.lane import Lane
from idp.login.model import Answer, Finishing
from idp.login.observing.sources import Sources
from idp.login.policies import Policies
from idp.login.recovery.completing import Completing
from idp.login.recovery.links import MailedLinks
from idp.login.returning import PURPOSE, ReturnFinisher
from idp.login.sender import Sender
from idp.login.service import LoginService
from idp.login.standing import Judge
from idp.login.telling import Telling
from idp.policy.model import Demand
from idp.records.audit import store as audit
from idp.records.clients import store as clients
from idp.records.keys.service import KeyRing
from idp.records.sessions import store as sessions
from idp.records.throttle import store as throttle
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.engine import Database
from idp.storage.tx import Tx
from idp.web.cookies import Cookies
from idp.web.csrf import Csrf
from idp.web.current import browser as browser_of
from idp.web.languages import read_catalogues
from idp.web.pages import Pages, prepare
from idp.web.router import Router
from idp.web.transaction import Transactions
from tests.support.browser import Browser, Page
from tests.support.builders import CHEAP, NOW, a_client, a_password, a_totp, a_user
from tests.support.transport import InProcess

ISSUER = "http://localhost:8000"
ROOT = Path(__file__).parents[2]
MFA = "urn:idp:acr:mfa"


@dataclass
class MovableClock:
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def pass_(self, **duration: float) -> None:
        self.at += timedelta(**duration)


class TellingFinisher:
    """Answers with what it was told, at an address of its own."""

    def __init__(self) -> None:
        self.finishings: list[Finishing] = []
        self.fault: Exception | None = None

    def finish(self, tx: Tx, finishing: Finishing) -> Answer:
        if self.fault is not None:
            raise self.fault
        self.finishings.append(finishing)
        assurance = finishing.decision.assurance
        assert assurance is not None
        fields = {
            "user": finishing.user_id,
            "sid": finishing.session_id,
            "acr": assurance.acr,
            "amr": " ".join(assurance.amr),
            "number": str(len(self.finishings)),
        }
        resume = json.loads(finishing.resume)
        if resume.get("mode") == "form_post":
            return Answer(url="https://rp1.test/cb", fields=fields)
        return Answer(url=f"https://rp1.test/cb?{urlencode(fields)}")

    def refuse(self, resume: str, *, error: str) -> Answer:
        return Answer(url=f"https://rp1.test/cb?{urlencode({'error': error})}")


@dataclass
class Desk:
    """One provider and its people."""

    database: Database
    clock: MovableClock
    service: LoginService
    finisher: TellingFinisher
    transactions: Transactions
    policies: Policies
    wsgi: Any
    people: dict[str, User] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def add(self, username: str, *, has_totp: bool = False, **changes: Any) -> User:
        user = a_user(username, **changes)
        with self.database.transaction() as tx:
            users.add(tx, user)
            credentials.add_credential(tx, a_password(user, password_of(username)))
            if has_totp:
                self.secrets[username] = pyotp.random_base32()
                credentials.add_credential(tx, a_totp(user, self.secrets[username]))
        self.people[username] = user
        return user

    def browser(self) -> Browser:
        return Browser(InProcess(self.wsgi, address="192.0.2.7"), origin=ISSUER, now=self.clock.now)

    def code(self, username: str, steps: int = 0) -> str:
        return pyotp.TOTP(self.secrets[username]).at(self.clock.now() + timedelta(seconds=30 * steps))

    def wrong_code(self, username: str) -> str:
        near = {self.code(username, step) for step in range(-3, 4)}
        return next(f"{number:06}" for number in range(100) if f"{number:06}" not in near)

    def failures(self, family: str, username: str) -> int:
        with self.database.transaction() as tx:
            budget = throttle.get(tx, f"{family}:{self.people[username].id}")
            return budget.failures if budget else 0

    def sessions(self, username: str) -> Any:
        with self.database.transaction() as tx:
            return sessions.list_sessions(tx, self.people[username].id)

    def events(self) -> list[str]:
        with self.database.transaction() as tx:
            return [event.name for event in reversed(audit.list_events(tx, limit=500))]


def password_of(username: str) -> str:
    return f"{username}’s own passphrase"


def start(browser: Browser, **demand: str) -> Page:
    """Begin an interaction as a relying party's redirect would, and stop at the first page or answer."""
    return browser.follow(browser.get(f"/start?{urlencode(demand)}"))


def identify(browser: Browser, page: Page, username: str, password: str | None = None) -> Page:
    typed = {"username": username, "password": password_of(username) if password is None else password}
    return browser.submit(page, typed, button="login-submit")


def give_code(browser: Browser, page: Page, code: str) -> Page:
    return browser.submit(page, {"code": code}, button="challenge-submit")


def told(page: Page) -> dict[str, str]:
    """Return what the relying party is told by an answer."""
    assert page.status == 303, page
    assert page.location.startswith("https://rp1.test/cb?"), page
    return dict(parse_qsl(urlsplit(page.location).query))


def demand_of(query: Mapping[str, str]) -> Demand:
    return Demand(
        client_id=query.get("client", "bank"),
        scopes=tuple(query.get("scope", "openid profile").split()),
        acr_values=tuple(query.get("acr", "").split()),
        essential_acr=tuple(query.get("essential", "").split()),
        max_age=int(query["max_age"]) if "max_age" in query else None,
        prompt=tuple(query.get("prompt", "").split()),
        actions=tuple(query.get("action", "").split()),
        login_hint=query.get("login_hint", ""),
        subject=query.get("subject"),
    )


def make_desk(
    database: Database, *, policy: str = "demo", lane: Lane | None = None, own: tuple[Factor, ...] = ()
) -> Desk:
    """Return a provider on this database, with alice, who has a password, and bob, who has a code too."""
    clock, tokens, finisher = MovableClock(), SystemTokens(), TellingFinisher()
    lane = lane or Lane(size=2)
    transactions = Transactions(database)
    policies = Policies(traits=traits_table(), clock=clock)
    with transactions.open() as tx:
        policies.ensure(tx, ROOT / "policies" / f"{policy}.yaml")
        clients.add(tx, a_client("bank"))
        clients.add(tx, a_client("third", client_name="Third party", first_party=False))
    sender = Sender(host="localhost", tokens=tokens, catalogues=read_catalogues())
    telling = Telling(sender=sender, links=MailedLinks(issuer=ISSUER, tokens=tokens))
    service = LoginService(
        transactions=transactions,
        judge=Judge(
            policies=policies,
            completing=Completing(telling=telling),
            build_factors=lambda given: {**build(given, password=CHEAP), **{factor.name: factor for factor in own}},
        ),
        assessor=Assessor(sources=Sources(), tokens=tokens),
        telling=telling,
        doors=Doors(
            admits=lambda _address: None,
            finishers={"authorize": finisher, PURPOSE: ReturnFinisher(home="/account")},
            departures=Departures(issuer=ISSUER, keys=KeyRing(clock=clock)),
        ),
        clock=clock,
        tokens=tokens,
        passwords=NewPasswords(password=CHEAP, breaches=NoBreaches(), lane=lane, service="localhost"),
    )
    cookies, csrf = Cookies(ISSUER), Csrf(keys=database.keys, issuer=ISSUER)
    pages = Pages(tokens=tokens, cookies=cookies, catalogues=read_catalogues())
    app = _app(service, transactions, tokens, pages=pages, cookies=cookies, csrf=csrf)
    endpoint = LoginEndpoint(service, transactions=transactions, pages=pages, cookies=cookies, csrf=csrf)
    wsgi = Router(routes=endpoint.routes(), pages=app.wsgi_app, transactions=transactions)
    desk = Desk(database, clock, service, finisher, transactions, policies, wsgi)
    desk.add("alice")
    desk.add("bob", has_totp=True)
    return desk


def _app(
    service: LoginService,
    transactions: Transactions,
    tokens: SystemTokens,
    *,
    pages: Pages,
    cookies: Cookies,
    csrf: Csrf,
) -> Flask:
    app = Flask("tests.login", template_folder=str(ROOT / "templates"), static_folder=None)
    pieces = DictLoader({"login/challenge/voice.html": '<label for="code">Code</label><input id="code" name="code">'})
    app.jinja_loader = ChoiceLoader([pieces, FileSystemLoader(ROOT / "templates")])  # type: ignore[assignment]
    prepare(app, pages=pages, tokens=tokens, cookies=cookies, csrf=csrf)
    app.register_blueprint(views.blueprint())

    require = views.require(service, transactions=transactions, pages=pages, cookies=cookies, home="/account")

    @app.route("/account/factors", methods=["GET", "POST"])
    @require("account.factors")
    def factors(admitted: Admitted) -> Response:
        return Response(f"the factors of {admitted.user.username}")

    @app.get("/account")
    @require("")
    def account(admitted: Admitted) -> Response:
        return Response(f"the account of {admitted.user.username}")

    @app.get("/start")
    def begin() -> Response:
        resume = json.dumps({"mode": request.args.get("mode", "")})
        with transactions.open() as tx:
            begun = service.begin(
                tx,
                purpose="authorize",
                demand=demand_of(request.args),
                resume=resume,
                browser=browser_of(request, cookies),
            )
        match begun:
            case Finished(answer=answer):
                response = pages.leave(answer.url, answer.fields)
            case Asked():
                response = pages.leave(begun.path)
            case _:
                return pages.leave(f"https://rp1.test/cb?error={begun.error}")
        cookies.apply(response, begun.cookies)
        return response

    return app


Make = Callable[..., Desk]
