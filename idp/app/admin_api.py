"""What the admin API is made of."""

from flask import Blueprint

from idp.account.beginning.service import PATH as BEGIN
from idp.admin.api import views
from idp.admin.api.belongings import BelongingsOperations
from idp.admin.api.calls import AdminOperation
from idp.admin.api.clients import ClientOperations
from idp.admin.api.decisions import DecisionOperations
from idp.admin.api.delivery import DeliveryOperations
from idp.admin.api.door import Door
from idp.admin.api.drafts import DraftOperations
from idp.admin.api.machine import MachineOperations
from idp.admin.api.people import PeopleOperations
from idp.admin.api.policies import PolicyOperations
from idp.admin.api.repeating import Repeating
from idp.admin.api.risk import RiskOperations
from idp.admin.api.trail import Trail
from idp.admin.api.trials import TrialOperations
from idp.admin.api.webhooks import WebhookOperations
from idp.app.console import shown
from idp.app.offices import Offices
from idp.app.parts import Parts
from idp.login.service import LoginService
from idp.oidc.access_token import AccessTokens
from idp.oidc.client_credentials import ClientCredentials
from idp.oidc.protected import ProtectedApi
from idp.oidc.signed_token import SignedTokens
from idp.records.clients import own_api


def pages(parts: Parts, login: LoginService, made: Offices) -> Blueprint:
    """Return the API of those who run this."""
    issuer, clock = parts.settings.issuer, parts.clock
    access_tokens = AccessTokens(signed=SignedTokens(issuer=issuer, keys=parts.keys), tokens=parts.tokens)
    bearers = ProtectedApi(
        audience=own_api.audience(issuer),
        clock=clock,
        policies=parts.policies,
        access_tokens=access_tokens,
        client_credentials=ClientCredentials(
            clock=clock, policies=parts.policies, access_tokens=access_tokens, tokens=parts.tokens
        ),
        login=login,
    )
    door = Door(bearers=bearers, transactions=parts.transactions, repeating=Repeating(clock=clock))
    return views.blueprint(_operations(parts, made), door=door, issuer=issuer)


def _operations(parts: Parts, made: Offices) -> tuple[AdminOperation, ...]:
    clock = parts.clock
    begin_at = parts.settings.issuer + BEGIN
    return (
        *PeopleOperations(
            people=made.people,
            helping=made.helping,
            registering=made.registering,
            contacting=made.contacting,
            clock=clock,
            appointing=made.appointing,
            begin_at=begin_at,
        ).all(),
        *BelongingsOperations(people=made.people, helping=made.helping, sessions=made.sessions).all(),
        *ClientOperations(applications=made.applications).all(),
        *PolicyOperations(publisher=made.publisher, rollouts=made.rollouts, traits=parts.policies.traits).all(),
        *DraftOperations(publisher=made.publisher, drafting=made.drafting, rollouts=made.rollouts).all(),
        *TrialOperations(
            policies=parts.policies, drafting=made.drafting, simulator=made.simulator, replays=made.replays, clock=clock
        ).all(),
        *DecisionOperations(traits=parts.policies.traits).all(),
        *RiskOperations(desk=made.risk).all(),
        *Trail().all(),
        *WebhookOperations(desk=made.webhooks).all(),
        *DeliveryOperations(desk=made.delivery).all(),
        *MachineOperations(keys=made.keys, settings=shown(parts.settings), clock=clock).all(),
    )
