"""The applications that a person is connected with, and how that ends.

Connected is whoever was allowed something or holds a grant that still lives. Ending it withdraws the consent and ends
every grant, refresh families and tokens with them; the next sign-in there asks again.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from idp.account.methods import Actor, event_by
from idp.core.clock import Clock
from idp.records.audit import store as audit
from idp.records.clients import store as clients
from idp.records.consents import store as consents
from idp.records.grants import store as grants
from idp.records.users.model import User
from idp.storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application."""

    client_id: str
    name: str
    uri: str
    scopes: tuple[str, ...]
    since: datetime
    used_at: datetime


class Applications:
    """Shows and ends connections."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def all_of(self, tx: Tx, user: User) -> tuple[Application, ...]:
        """Return them, the last used first."""
        allowed = {each.client_id: each for each in consents.list_consents(tx, user.id)}
        used = {each.client_id: each for each in grants.list_clients_of(tx, user.id)}
        found = []
        for client_id in allowed.keys() | used.keys():
            client, consent, use = clients.get(tx, client_id), allowed.get(client_id), used.get(client_id)
            moments = [at for at in (consent and consent.granted_at, use and use.first_at, use and use.last_at) if at]
            found.append(
                Application(
                    client_id=client_id,
                    name=(client.client_name if client else "") or client_id,
                    uri=client.client_uri if client else "",
                    scopes=consent.scopes if consent else use.scopes if use else (),
                    since=min(moments),
                    used_at=max(moments),
                )
            )
        return tuple(sorted(found, key=lambda each: (each.used_at, each.client_id), reverse=True))

    def end(self, tx: Tx, actor: Actor, client_id: str) -> bool:
        """End the connection; tell whether there was one."""
        now = self._clock.now()
        was_allowed = consents.remove(tx, actor.user.id, client_id)
        ended = grants.revoke_client(tx, actor.user.id, client_id, now)
        if not was_allowed and not ended:
            return False
        audit.add(tx, replace(event_by(actor, "application.removed", now, grants=ended), client_id=client_id))
        return True
