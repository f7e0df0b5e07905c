"""All tables of the product: importing their stores declares them in the one MetaData."""

from sqlalchemy import MetaData

from idp.login import store as interactions
from idp.records.audit import store as audit
from idp.records.audit.followers import store as followers
from idp.records.audit.seals import store as seals
from idp.records.bundles import store as bundles
from idp.records.bundles.drafts import store as drafts
from idp.records.bundles.glass import store as glass
from idp.records.bundles.proposals import store as proposals
from idp.records.bundles.publications import store as publications
from idp.records.bundles.replays import store as replays
from idp.records.bundles.rollouts import store as rollouts
from idp.records.clients import store as clients
from idp.records.clients.repeats import store as repeats
from idp.records.consents import store as consents
from idp.records.decisions import store as decisions
from idp.records.delivery import store as delivery
from idp.records.delivery.hooks import store as hooks
from idp.records.delivery.hooks.messages import store as hook_messages
from idp.records.delivery.outages import store as outages
from idp.records.delivery.traffic import store as traffic
from idp.records.devices import store as devices
from idp.records.devices.trusted import store as trusted
from idp.records.grants import store as grants
from idp.records.grants.client_tokens import store as client_tokens
from idp.records.grants.families import store as families
from idp.records.grants.pushed import store as pushed
from idp.records.grants.revocations import store as revocations
from idp.records.keys import store as keys
from idp.records.keys.push import store as push_keys
from idp.records.risks import store as risks
from idp.records.risks.failures import store as failures
from idp.records.risks.peppers import store as peppers
from idp.records.sessions import store as sessions
from idp.records.throttle import store as throttle
from idp.records.users import store as users
from idp.records.users.address_proofs import store as address_proofs
from idp.records.users.approvals import store as approvals
from idp.records.users.backup_codes import store as backup_codes
from idp.records.users.credentials import store as credentials
from idp.records.users.enrolment import store as enrolment
from idp.records.users.links import store as links
from idp.records.users.push import store as push
from idp.records.users.recoveries import store as recoveries
from idp.records.users.tickets import store as tickets
from idp.storage import leases, versions
from idp.storage.metadata import METADATA

_DECLARING = (
    address_proofs,
    approvals,
    audit,
    followers,
    backup_codes,
    bundles,
    client_tokens,
    clients,
    consents,
    credentials,
    decisions,
    delivery,
    devices,
    drafts,
    enrolment,
    failures,
    families,
    glass,
    grants,
    hook_messages,
    hooks,
    interactions,
    keys,
    leases,
    links,
    outages,
    peppers,
    proposals,
    publications,
    push,
    push_keys,
    pushed,
    recoveries,
    repeats,
    replays,
    revocations,
    risks,
    rollouts,
    seals,
    sessions,
    throttle,
    tickets,
    traffic,
    trusted,
    users,
    versions,
)


def all_tables() -> MetaData:
    """Return the MetaData with every table in it."""
    return METADATA
