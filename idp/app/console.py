"""What the console is made of."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta

from flask import Blueprint

from idp.account import views as account_views
from idp.account.beginning.service import PATH as BEGIN
from idp.admin.access import Require
from idp.admin.audit import views as audit_views
from idp.admin.clients import views as client_views
from idp.admin.clients.trial import Trials
from idp.admin.decisions import views as decision_views
from idp.admin.delivery import views as delivery_views
from idp.admin.keys import views as key_views
from idp.admin.overview import views as overview_views
from idp.admin.people import views as people_views
from idp.admin.people.beginning import views as beginning_views
from idp.admin.people.roles import views as role_views
from idp.admin.policies import views as policy_views
from idp.admin.policies.exchange import views as exchange_views
from idp.admin.policies.forms import views as form_views
from idp.admin.policies.forms.service import Forms
from idp.admin.policies.replays import views as replay_views
from idp.admin.policies.simulator import views as simulator_views
from idp.admin.policies.simulator.answering import Answering
from idp.admin.policies.trials import views as trial_views
from idp.admin.risk import views as risk_views
from idp.admin.sessions import views as session_views
from idp.app.offices import Offices
from idp.app.parts import Parts
from idp.factors.external import Verifier
from idp.login import views as login_views
from idp.login.service import LoginService
from idp.settings import Settings
from idp.web.csrf import Csrf
from idp.web.desk import Desk

_SECRET = frozenset({"database_url", "redis_url", "secret_keys", "key_module", "smtp_url", "sms_url", "metrics_token"})
_NAMES = {"metrics_folder": "PROMETHEUS_MULTIPROC_DIR", "traces": "OTEL_…"}
"""Settings that are not ours by name."""


def pages(parts: Parts, login: LoginService, csrf: Csrf, made: Offices) -> tuple[Blueprint, ...]:
    """Return the pages of those who run this."""
    require = login_views.require(
        login,
        transactions=parts.transactions,
        pages=parts.pages,
        cookies=parts.cookies,
        home=account_views.STOPPED,
    )
    desk = Desk(pages=parts.pages, cookies=parts.cookies, csrf=csrf, transactions=parts.transactions)
    return (
        overview_views.blueprint(desk, clock=parts.clock, settings=shown(parts.settings), require=require),
        people_views.blueprint(desk, made.people, made.helping, require=require),
        role_views.blueprint(desk, made.appointing, home=people_views.HOME, require=require),
        beginning_views.blueprint(
            desk,
            made.registering,
            home=people_views.HOME,
            begin_at=parts.settings.issuer + BEGIN,
            require=require,
        ),
        session_views.blueprint(desk, made.sessions, require=require),
        client_views.blueprint(
            desk, made.applications, policies=parts.policies, trials=Trials(login=login), require=require
        ),
        decision_views.blueprint(desk, traits=parts.policies.traits, require=require),
        *_policy_pages(parts, desk, made, require),
        risk_views.blueprint(desk, made.risk, require=require),
        audit_views.blueprint(desk, require=require),
        delivery_views.blueprint(desk, made.delivery, require=require),
        key_views.blueprint(desk, made.keys, require=require),
    )


def _policy_pages(parts: Parts, desk: Desk, made: Offices, require: Require) -> tuple[Blueprint, ...]:
    """Return the pages of the policy: from a draft to what is in force."""
    traits = parts.policies.traits
    forms = Forms(drafting=made.drafting, traits=traits)
    answering = Answering(publisher=made.publisher, simulator=made.simulator, policies=parts.policies)
    return (
        policy_views.blueprint(desk, made.publisher, made.drafting, require=require),
        form_views.blueprint(desk, made.drafting, forms, factors=tuple(traits), require=require),
        exchange_views.blueprint(desk, made.drafting, traits=traits, require=require),
        replay_views.blueprint(desk, made.drafting, made.replays, require=require),
        trial_views.blueprint(desk, made.drafting, made.rollouts, require=require),
        simulator_views.blueprint(desk, answering, clock=parts.clock, require=require),
    )


def shown(settings: Settings) -> Mapping[str, str]:
    """Return the settings by their names; of what is secret, only whether it is set."""
    return {
        _NAMES.get(field.name, f"IDP_{field.name.upper()}"): _words(
            getattr(settings, field.name), is_secret=field.name in _SECRET
        )
        for field in fields(settings)
    }


def _words(value: object, *, is_secret: bool) -> str:
    """Return a value as the setting gives it; of a verifier, its name."""
    if value is None or value in ("", ()):
        return ""
    if is_secret:
        return "••••"
    match value:
        case bool():
            return str(int(value))
        case timedelta():
            return str(value.days)
        case tuple():
            return ", ".join(each.name if isinstance(each, Verifier) else str(each) for each in value)
    return str(value)
