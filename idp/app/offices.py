"""What administrators work with, made once: the console's pages and its API share every service."""

from dataclasses import dataclass

from idp.admin.clients.service import ClientsDesk
from idp.admin.delivery.service import DeliveryDesk
from idp.admin.keys.service import KeysDesk
from idp.admin.people.contacting import Contacting
from idp.admin.people.helping import Helping
from idp.admin.people.registering import Registering
from idp.admin.people.roles.service import Appointing
from idp.admin.people.service import PeopleDesk
from idp.admin.policies.census import Guard
from idp.admin.policies.drafting import Drafting
from idp.admin.policies.gate import Gate
from idp.admin.policies.publishing import Publisher
from idp.admin.policies.replays.service import Replays
from idp.admin.policies.rolling_out import Rollouts
from idp.admin.policies.simulator.service import Simulator
from idp.admin.risk.looking import RiskDesk
from idp.admin.sessions.service import SessionsDesk
from idp.admin.webhooks.service import WebhooksDesk
from idp.app.parts import Parts
from idp.cli.policies import starting_path
from idp.delivery.outside import is_here
from idp.factors.base import Cost
from idp.login.notices import Notices


@dataclass(frozen=True, slots=True, kw_only=True)
class Offices:
    """The services behind the console."""

    people: PeopleDesk
    helping: Helping
    registering: Registering
    contacting: Contacting
    sessions: SessionsDesk
    appointing: Appointing
    applications: ClientsDesk
    keys: KeysDesk
    delivery: DeliveryDesk
    publisher: Publisher
    drafting: Drafting
    rollouts: Rollouts
    replays: Replays
    simulator: Simulator
    webhooks: WebhooksDesk
    risk: RiskDesk


def offices(parts: Parts) -> Offices:
    """Make them."""
    clock, traits, costs = parts.clock, parts.policies.traits, parts.settings.argon2
    cost = Cost(memory_kib=costs.memory, passes=costs.time, lanes=costs.lanes)
    notices = Notices(telling=parts.telling)
    source = starting_path(parts.settings) if parts.settings.policy_source == "file" else None
    gate = Gate(guard=Guard(policies=parts.policies, build_factors=parts.build_factors), traits=traits, source=source)
    publisher = Publisher(gate=gate, traits=traits, clock=clock, tokens=parts.tokens)
    return Offices(
        people=PeopleDesk(policies=parts.policies, build_factors=parts.build_factors, clock=clock),
        helping=Helping(policies=parts.policies, notices=notices, clock=clock),
        registering=Registering(policies=parts.policies, notices=notices, clock=clock, tokens=parts.tokens, cost=cost),
        contacting=Contacting(telling=parts.telling, clock=clock),
        sessions=SessionsDesk(policies=parts.policies, clock=clock),
        appointing=Appointing(telling=parts.telling, clock=clock),
        applications=ClientsDesk(clock=clock, tokens=parts.tokens),
        keys=KeysDesk(ring=parts.keys, clock=clock),
        delivery=DeliveryDesk(gateways=parts.gateways, sender=parts.sender, policies=parts.policies, clock=clock),
        publisher=publisher,
        drafting=Drafting(publisher=publisher, traits=traits, clock=clock, tokens=parts.tokens),
        rollouts=Rollouts(publisher=publisher, gate=gate, clock=clock),
        replays=Replays(clock=clock, tokens=parts.tokens, wake=parts.replays.wake),
        simulator=Simulator(build_factors=parts.build_factors),
        webhooks=WebhooksDesk(clock=clock, tokens=parts.tokens, may_be_here=is_here(parts.settings.issuer)),
        risk=RiskDesk(policies=parts.policies, assessor=parts.assessor, sources=parts.sources, clock=clock),
    )
