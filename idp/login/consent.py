"""Which scopes a person must still be asked about (P14): first-party clients are not asked, others once."""

from idp.login.situation import Situation
from idp.records.clients.model import Client
from idp.records.consents import store as consents
from idp.records.consents.model import Consent
from idp.records.users.model import User
from idp.storage.tx import Tx


def needed(tx: Tx, situation: Situation) -> tuple[str, ...]:
    """Return the scopes to ask about; `prompt=consent` asks about all of them (OIDC Core 1.0 §3.1.2.1)."""
    interaction, client, user = situation.interaction, situation.client, situation.user
    if client is None or user is None:
        return ()
    if "consent" in interaction.demand.prompt:
        return () if interaction.prompted_consent else interaction.demand.scopes
    if client.first_party:
        return ()
    allowed = {*interaction.consented, *_remembered(tx, user, client)}
    return tuple(scope for scope in interaction.demand.scopes if scope not in allowed)


def remember(tx: Tx, situation: Situation, user: User, scopes: tuple[str, ...]) -> None:
    """Keep what was allowed beside what had been allowed before."""
    client = situation.client
    if client is None:
        return
    together = tuple(dict.fromkeys((*_remembered(tx, user, client), *scopes)))
    consents.save(tx, Consent(user_id=user.id, client_id=client.client_id, scopes=together, granted_at=situation.now))


def _remembered(tx: Tx, user: User, client: Client) -> tuple[str, ...]:
    """Return what was allowed before; what one of the same id was allowed that is gone is not its own (ENR-25)."""
    found = consents.get(tx, user.id, client.client_id)
    return found.scopes if found is not None and client.may_own(found.granted_at) else ()
