"""What the console is made of."""

from collections.abc import Mapping
from dataclasses import fields

from flask import Blueprint

from idp.account import views as account_views
from idp.admin.access import Require
from idp.admin.audit import views as audit_views
from idp.admin.clients import views as client_views
from idp.admin.clients.service import ClientsDesk
from idp.admin.decisions import views as decision_views
from idp.admin.keys import views as key_views
from idp.admin.overview import views as overview_views
from idp.admin.people import views as people_views
from idp.admin.people.service import PeopleDesk
from idp.admin.policies import views as policy_views
from idp.admin.policies.census import Guard
from idp.admin.policies.drafting import Drafting
from idp.admin.policies.exchange import views as exchange_views
from idp.admin.policies.gate import Gate
from idp.admin.policies.publishing import Publisher
from idp.admin.policies.replays import views as replay_views
from idp.admin.policies.replays.service import Replays
from idp.admin.policies.rolling_out import Rollouts
from idp.admin.policies.simulator import views as simulator_views
from idp.admin.policies.simulator.answering import Answering
from idp.admin.policies.simulator.service import Simulator
from idp.admin.policies.trials import views as trial_views
from idp.app.parts import Parts
from idp.cli.policies import starting_path
from idp.login import views as login_views
from idp.login.notices import Notices
from idp.login.service import LoginService
from idp.settings import Settings
from idp.web.csrf import Csrf
from idp.web.desk import Desk

_SECRET = frozenset({"database_url", "redis_url", "secret_keys", "smtp_url", "sms_url", "metrics_token"})


def pages(parts: Parts, login: LoginService, csrf: Csrf) -> tuple[Blueprint, ...]:
    """Return the pages of those who run this."""
    require = login_views.require(
        login,
        transactions=parts.transactions,
        pages=parts.pages,
        cookies=parts.cookies,
        home=account_views.STOPPED,
    )
    desk = Desk(pages=parts.pages, cookies=parts.cookies, csrf=csrf, transactions=parts.transactions)
    clock = parts.clock
    people = PeopleDesk(policies=parts.policies, notices=Notices(telling=parts.telling), clock=clock)
    applications = ClientsDesk(clock=clock, tokens=parts.tokens)
    return (
        overview_views.blueprint(desk, clock=clock, settings=shown(parts.settings), require=require),
        people_views.blueprint(desk, people, require=require),
        client_views.blueprint(desk, applications, require=require),
        decision_views.blueprint(desk, traits=parts.policies.traits, require=require),
        *_policy_pages(parts, desk, require),
        audit_views.blueprint(desk, require=require),
        key_views.blueprint(desk, parts.keys, clock=clock, require=require),
    )


def _policy_pages(parts: Parts, desk: Desk, require: Require) -> tuple[Blueprint, ...]:
    """Return the pages of the policy: from a draft to what is in force."""
    traits, clock, tokens = parts.policies.traits, parts.clock, parts.tokens
    source = starting_path(parts.settings) if parts.settings.policy_source == "file" else None
    gate = Gate(guard=Guard(policies=parts.policies, build_factors=parts.build_factors), traits=traits, source=source)
    publisher = Publisher(gate=gate, traits=traits, clock=clock, tokens=tokens)
    drafting = Drafting(publisher=publisher, traits=traits, clock=clock, tokens=tokens)
    trials = Rollouts(publisher=publisher, gate=gate, clock=clock)
    replays = Replays(clock=clock, tokens=tokens, wake=parts.replays.wake)
    simulator = Simulator(build_factors=parts.build_factors)
    answering = Answering(publisher=publisher, simulator=simulator, policies=parts.policies)
    return (
        policy_views.blueprint(desk, publisher, drafting, require=require),
        exchange_views.blueprint(desk, drafting, traits=traits, require=require),
        replay_views.blueprint(desk, drafting, replays, require=require),
        trial_views.blueprint(desk, drafting, trials, require=require),
        simulator_views.blueprint(desk, answering, clock=clock, require=require),
    )


def shown(settings: Settings) -> Mapping[str, str]:
    """Return the settings by their names; of what is secret, only whether it is set."""
    return {
        f"IDP_{field.name.upper()}": _words(getattr(settings, field.name), is_secret=field.name in _SECRET)
        for field in fields(settings)
    }


def _words(value: object, *, is_secret: bool) -> str:
    if value in (None, "", ()):
        return ""
    if is_secret:
        return "••••"
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
