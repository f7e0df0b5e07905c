"""Applications: found, registered, changed, given new secrets. What is typed is checked as everywhere else (ADM-28)."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from idp.admin.access import Permission
from idp.admin.listing import SIZE, Listing
from idp.admin.staff import Staff
from idp.core.clock import Clock
from idp.core.errors import ConfigError, ForbiddenError, Problem
from idp.core.tokens import Tokens, digest
from idp.records.audit import store as audit
from idp.records.clients import metadata, own_api
from idp.records.clients import store as clients
from idp.records.clients.model import Client, ClientSecret
from idp.storage.tx import Tx

OVERLAP = timedelta(hours=24)
"""How long an old secret goes on beside a new one, so that nothing stands still."""
_FIXED = ("client_id", "client_id_issued_at")
_LONGEST = 20_000


class StaleError(Exception):
    """Somebody else has changed it since it was read: nothing is written (409)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """An application, and its new secret where it has one: shown once."""

    client: Client
    secret: str = field(default="", repr=False)


class ClientsDesk:
    """Finds applications and changes them."""

    def __init__(self, *, clock: Clock, tokens: Tokens) -> None:
        self._clock = clock
        self._tokens = tokens

    def search(self, tx: Tx, listing: Listing) -> tuple[tuple[Client, ...], int]:
        """Return one page of applications, and how many there are."""
        return clients.search(
            tx,
            listing.text,
            sort=listing.sort,
            is_descending=listing.is_descending,
            limit=SIZE,
            offset=listing.offset,
        )

    def register(self, tx: Tx, staff: Staff, document: Any) -> Registered:
        """Register what the metadata says (RFC 7591 §2). Raises ConfigError naming each member that is wrong."""
        now = self._clock.now()
        client = metadata.parse(document, client_id=self._tokens.new_id(), now=now)
        _check_scope(staff, client)
        registered = self._with_secret(client, now, kept=()) if has_secret(client) else Registered(client=client)
        clients.add(tx, registered.client)
        audit.add(tx, staff.event("client.added", at=now, client_id=client.client_id))
        return registered

    def change(self, tx: Tx, staff: Staff, client: Client, document: Any, *, version: int) -> None:
        """Put what the metadata says in place of what was there. Raises ConfigError and StaleError."""
        _check_reach(staff, client)
        changed = replace(metadata.amend(client, document), version=version)
        _check_scope(staff, changed)
        if has_secret(changed) and not changed.secrets:
            raise ConfigError([Problem("needs a secret; make one first", key="token_endpoint_auth_method")])
        self._save(tx, changed)
        audit.add(tx, staff.event("client.updated", at=self._clock.now(), client_id=client.client_id))

    def rotate_secret(self, tx: Tx, staff: Staff, client: Client, *, version: int) -> Registered:
        """Make a new secret; the old one goes on for `OVERLAP`. Raises StaleError."""
        _check_reach(staff, client)
        now = self._clock.now()
        ends = now + OVERLAP
        old = (replace(each, expires_at=min(ends, each.expires_at or ends)) for each in client.secrets)
        kept = tuple(each for each in old if each.expires_at is not None and each.expires_at > now)
        rotated = self._with_secret(replace(client, version=version), now, kept=kept)
        self._save(tx, rotated.client)
        audit.add(tx, staff.event("client.secret.rotated", at=now, client_id=client.client_id))
        return rotated

    def set_disabled(self, tx: Tx, staff: Staff, client: Client, *, version: int, is_disabled: bool) -> None:
        """Stop an application, its tokens included, or let it go on. Raises StaleError."""
        _check_reach(staff, client)
        now = self._clock.now()
        self._save(tx, replace(client, disabled_at=now if is_disabled else None, version=version))
        name = "client.disabled" if is_disabled else "client.enabled"
        audit.add(tx, staff.event(name, at=now, client_id=client.client_id))

    def remove(self, tx: Tx, staff: Staff, client: Client, *, version: int) -> None:
        """Remove an application for good; what it was granted ends with it. Raises StaleError."""
        _check_reach(staff, client)
        if not clients.remove(tx, client.client_id, version=version):
            raise StaleError
        audit.add(tx, staff.event("client.removed", at=self._clock.now(), client_id=client.client_id))

    def _with_secret(self, client: Client, now: datetime, *, kept: tuple[ClientSecret, ...]) -> Registered:
        secret = self._tokens.token()
        entry = ClientSecret(secret_hash=digest(secret), created_at=now)
        return Registered(client=replace(client, secrets=(entry, *kept)), secret=secret)

    def _save(self, tx: Tx, client: Client) -> None:
        if not clients.save(tx, client):
            raise StaleError


def has_secret(client: Client) -> bool:
    """Tell whether this application proves itself by a secret."""
    return client.token_endpoint_auth_method != "none"


def written(client: Client) -> str:
    """Return the metadata as it is edited: JSON, without what cannot be changed."""
    shown = {name: value for name, value in metadata.shown(client).items() if name not in _FIXED}
    return msgspec.json.format(msgspec.json.encode(shown), indent=2).decode()


def _check_scope(staff: Staff, client: Client) -> None:
    """Refuse a client that would reach the admin API, unless an owner makes it (ADM-21). Raises ConfigError."""
    if own_api.reaches(client) and not staff.may(Permission.OWN):
        text = f"may name {', '.join(own_api.SCOPES)} only where an owner registers the application"
        raise ConfigError([Problem(text, key="scope")])


def _check_reach(staff: Staff, client: Client) -> None:
    """Refuse to change a client that reaches the admin API, unless an owner does (ADM-21). Raises ForbiddenError."""
    if own_api.reaches(client) and not staff.may(Permission.OWN):
        raise ForbiddenError


def document_of(text: str) -> Any:
    """Return the JSON that was typed. Raises ConfigError."""
    if len(text) > _LONGEST:
        raise ConfigError([Problem("is too long")])
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ConfigError([Problem(f"is not JSON: {error}")]) from error
    except RecursionError:
        raise ConfigError([Problem("is nested too deeply")]) from None
