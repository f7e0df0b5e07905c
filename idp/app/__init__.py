"""The one list of everything: what is built, what it is given, and where it is mounted.

Wiring is by hand and happens here alone. `create_app` touches no database: the same app is built in tests on a clock of
their own. `wsgi` is the factory that servers are pointed at; it refuses to start what could not work.
"""

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask
from jinja2 import ChoiceLoader, FileSystemLoader

from idp import migrations
from idp.account.beginning.service import PATH as BEGIN
from idp.account.sign_up.service import PATH as SIGN_UP
from idp.admin.policies.replays.worker import Replayer
from idp.app import (
    account,
    admin_api,
    chores,
    console,
    entering,
    hashing,
    limits,
    machine,
    protocol,
    recovery,
    watching,
)
from idp.app.chores import Chores
from idp.app.offices import offices
from idp.app.parts import Parts
from idp.cli import logs, readiness
from idp.cli.couriers import carriers_of, workers_of
from idp.cli.installation import open_database, passkey_site, sources_of
from idp.cli.key_modules import ring_of
from idp.cli.own_factors import own_factors, traits_of, with_verifiers
from idp.core.clock import Clock, SystemClock
from idp.core.errors import ConfigError, Problem
from idp.core.tokens import SystemTokens, Tokens
from idp.delivery.background import Background
from idp.delivery.logouts import Logouts
from idp.factors import registry
from idp.factors.own import OwnFactor
from idp.login import views as login_views
from idp.login.assessing.assessor import Assessor
from idp.login.breaches import breaches_at
from idp.login.choosing import NewPasswords
from idp.login.comparing.processes import Comparers
from idp.login.lane import Lane
from idp.login.policies import Policies
from idp.login.recovery.completing import Completing
from idp.login.recovery.links import MailedLinks
from idp.login.sender import Sender
from idp.login.service import LoginService
from idp.login.standing import Judge
from idp.login.telling import Telling
from idp.records.delivery.model import LOGOUT
from idp.records.keys.service import KeyRing
from idp.resources import shipped
from idp.settings import Settings
from idp.storage.engine import Database
from idp.web import observing, pacing
from idp.web.cookies import Cookies
from idp.web.csrf import Csrf
from idp.web.languages import read_catalogues
from idp.web.pacing import Pace
from idp.web.pages import Pages, prepare
from idp.web.router import Router
from idp.web.transaction import Transactions
from idp.web.wsgi import WSGIApp

if TYPE_CHECKING:
    from idp.app.tracing import Tracing


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A provider that is built: what to serve, and what to close afterwards."""

    wsgi: WSGIApp
    flask: Flask
    pages: Pages
    database: Database
    comparers: Comparers
    policies: Policies
    keys: KeyRing
    delivery: Background
    replayer: Replayer
    replays: Background
    chores: Chores
    tracing: "Tracing | None"

    def start(self) -> None:
        """Begin what is done beside the requests: called once in each worker, after it was forked."""
        self.database.told.start()
        for work in (self.delivery, self.replays, self.chores):
            work.start()

    def close(self) -> None:
        """Send nothing more, run no replay, end the chores, and let go of the database."""
        self.replayer.halt()
        self.replays.stop()
        self.delivery.stop()
        self.chores.stop()
        self.comparers.close()
        if self.tracing is not None:
            self.tracing.close()
        self.database.close()


def create_app(settings: Settings, *, clock: Clock, tokens: Tokens, own: tuple[OwnFactor, ...] = ()) -> App:
    """Build everything; `own` are the factors that are not shipped, beside the verifiers that settings declare."""
    own = with_verifiers(own, settings)
    database, tracing = open_database(settings), watching.tracing_of(settings)
    cookies, host = Cookies(settings.issuer), urlsplit(settings.issuer).hostname or ""
    password, comparers = hashing.password_of(settings)
    lane, breaches = Lane(size=os.cpu_count() or 1), breaches_at(settings.hibp_url)
    site, sources = passkey_site(settings), sources_of(settings)
    catalogues, found = read_catalogues(), carriers_of(settings, database=database, clock=clock)
    build = partial(registry.build, password=password, service=host, own=own, site=site, may_call="voice" in found)
    keys = ring_of(settings, clock)
    delivery = Background(workers_of(found, settings, keys=keys, database=database, clock=clock, tokens=tokens))
    sender = Sender(host=host, tokens=tokens, catalogues=catalogues, wake=delivery.wake)
    telling = Telling(sender=sender, links=MailedLinks(issuer=settings.issuer, tokens=tokens))
    policies = Policies(
        traits=traits_of(own), clock=clock, installed=frozenset(build({})), can_attest=bool(site.models)
    )
    replayer = Replayer(policies=policies, database=database, clock=clock, tokens=tokens)
    parts = Parts(
        settings=settings,
        clock=clock,
        tokens=tokens,
        database=database,
        transactions=Transactions(watching.opening(database, tracing), tokens=tokens),
        policies=policies,
        keys=keys,
        pages=Pages(tokens=tokens, cookies=cookies, catalogues=catalogues),
        cookies=cookies,
        build_factors=build,
        sender=sender,
        telling=telling,
        judge=Judge(policies=policies, build_factors=build, completing=Completing(telling=telling)),
        gateways={channel: carrier.name for channel, carrier in found.items()} | {LOGOUT: Logouts.name},
        assessor=Assessor(sources=sources, tokens=tokens, is_recording_only=settings.record_only),
        sources=sources,
        passwords=NewPasswords(password=password, breaches=breaches, lane=lane, service=host),
        lane=lane,
        replays=Background([replayer]),
    )
    service, csrf = entering.service(parts), Csrf(keys=database.keys, issuer=settings.issuer)
    pace = limits.forms(parts)
    flask = _flask(parts, service, own, csrf=csrf, pace=pace)
    health = watching.health_of(parts)
    metrics = watching.metrics_of(parts, health)
    pages = entering.pages(parts, service, csrf)
    routes = (*pages, *machine.routes(parts, service, health), *(metrics.routes() if metrics else ()))
    router = Router(
        routes=routes,
        pages=flask.wsgi_app,
        transactions=parts.transactions,
        proxies=settings.trusted_proxies,
        tokens=tokens,
        counts=pace.check,
    )
    return App(
        wsgi=watching.observed(router, routes, parts, metrics=metrics, tracing=tracing),
        flask=flask,
        pages=parts.pages,
        database=database,
        comparers=comparers,
        policies=parts.policies,
        keys=parts.keys,
        delivery=delivery,
        replayer=replayer,
        replays=parts.replays,
        chores=chores.of(parts, metrics.count_events if metrics else None),
        tracing=tracing,
    )


def wsgi() -> WSGIApp:
    """Build the app from the environment, for one worker of a server; raise ConfigError when it could not work."""
    settings = Settings.from_env(os.environ)
    logs.configure(form=settings.log_format, level=settings.log_level)
    app = create_app(settings, clock=SystemClock(), tokens=SystemTokens(), own=own_factors())
    refuse_unready(app)
    app.pages.compile()
    app.start()
    return app.wsgi


def refuse_unready(app: App) -> None:
    """Raise ConfigError when tables, keys or policy are missing: better no service than one that answers 500."""
    problems = [Problem(f"{difference}; run `idp init`") for difference in migrations.check(app.database)]
    if not problems:
        with app.database.transaction() as tx:
            needed = readiness.checks(app.policies, app.keys)
            missing = [name for name, check in needed.items() if not readiness.holds(check, tx)]
        problems = [Problem("missing, or of no use; run `idp init`", key=name) for name in missing]
    if problems:
        raise ConfigError(problems)


def _flask(parts: Parts, service: LoginService, own: tuple[OwnFactor, ...], *, csrf: Csrf, pace: Pace) -> Flask:
    """Return the pages."""
    templates = shipped("templates", override=parts.settings.templates_dir)
    flask = Flask("idp", static_folder=None)
    # A shipped page is never covered by another's.
    folders = dict.fromkeys((templates, *(each.templates for each in own)))
    flask.jinja_options = {"loader": ChoiceLoader([FileSystemLoader(each) for each in folders])}
    names = {each.traits.name: each.names for each in own}
    flask.jinja_env.globals["sign_up"] = {"open": SIGN_UP, "invited": BEGIN}.get(parts.settings.sign_up, "")
    flask.jinja_env.globals["service"] = parts.sender.host
    prepare(flask, pages=parts.pages, tokens=parts.tokens, cookies=parts.cookies, csrf=csrf, own_names=names)
    observing.install(flask)
    pacing.install(flask, pace)
    flask.register_blueprint(login_views.blueprint())
    flask.register_blueprint(recovery.pages(parts, csrf))
    flask.register_blueprint(recovery.losing_pages(parts, csrf))
    made = offices(parts)
    flask.register_blueprint(admin_api.pages(parts, service, made))
    for pages in (
        *account.pages(parts, service, csrf),
        *console.pages(parts, service, csrf, made),
        *protocol.pages(parts, csrf),
    ):
        flask.register_blueprint(pages)
    return flask
