"""The table of relying parties. Every change bumps the version that drops the parsed snapshots of other processes."""

from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    Table,
    Text,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from idp.records.clients.model import Client, ClientSecret
from idp.storage import versions
from idp.storage.columns import Json, Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.searching import containing
from idp.storage.tx import Tx

CACHE = "clients"
"""The version's name (`idp.storage.versions`)."""

_TEXTS = Json(tuple[str, ...])
_clients = Table(
    "clients",
    METADATA,
    Column("client_id", Text, primary_key=True),
    Column("created_at", Utc, nullable=False),
    Column("client_name", Text, nullable=False),
    Column("redirect_uris", _TEXTS, nullable=False),
    Column("post_logout_redirect_uris", _TEXTS, nullable=False),
    Column("backchannel_logout_uri", Text, nullable=False, server_default=""),
    Column("backchannel_logout_session_required", Boolean, nullable=False, server_default=false()),
    Column("grant_types", _TEXTS, nullable=False),
    Column("response_types", _TEXTS, nullable=False),
    Column("token_endpoint_auth_method", Text, nullable=False),
    Column("secrets", Json(tuple[ClientSecret, ...]), nullable=False),
    Column("scope", _TEXTS, nullable=False),
    Column("application_type", Text, nullable=False),
    Column("id_token_signed_response_alg", Text, nullable=False),
    Column("default_acr_values", _TEXTS, nullable=False),
    Column("default_max_age", Integer),
    Column("require_auth_time", Boolean, nullable=False),
    Column("require_pkce", Boolean, nullable=False),
    Column("require_pushed_authorization_requests", Boolean, nullable=False),
    Column("first_party", Boolean, nullable=False),
    Column("tags", _TEXTS, nullable=False),
    Column("logo_uri", Text, nullable=False),
    Column("policy_uri", Text, nullable=False),
    Column("tos_uri", Text, nullable=False),
    Column("client_uri", Text, nullable=False),
    Column("access_token_format", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("access_token_signed_response_alg", Text, nullable=False),
    Column("disabled_at", Utc),
    Column("version", Integer, nullable=False),
)

_GET = select(_clients).where(_clients.c.client_id == bindparam("client_id"))
_NAMED = select(_clients.c.client_id).where(_clients.c.client_name == bindparam("client_name")).limit(2)
_LIST = select(_clients).order_by(_clients.c.created_at, _clients.c.client_id)
_PATTERN = bindparam("pattern", type_=Text())
_MATCHES = or_(
    func.lower(_clients.c.client_id).like(_PATTERN, escape="\\"),
    func.lower(_clients.c.client_name).like(_PATTERN, escape="\\"),
)
_ORDERS = {
    "client_name": (func.lower(_clients.c.client_name).asc(), func.lower(_clients.c.client_name).desc()),
    "client_id": (_clients.c.client_id.asc(), _clients.c.client_id.desc()),
    "created_at": (_clients.c.created_at.asc(), _clients.c.created_at.desc()),
}
SORTS = tuple(_ORDERS)
"""By what a search can be ordered."""
_SEARCH = {
    (name, descending): select(_clients)
    .where(_MATCHES)
    .order_by(orders[descending], _clients.c.client_id)
    .limit(bindparam("limit"))
    .offset(bindparam("skip"))
    for name, orders in _ORDERS.items()
    for descending in (False, True)
}
_COUNT = select(func.count().label("total")).select_from(_clients).where(_MATCHES)
_ADD = insert(_clients)
_SAVE = (
    update(_clients)
    .where(_clients.c.client_id == bindparam("saved_id"), _clients.c.version == bindparam("version_read"))
    .values(
        {column.name: bindparam(column.name) for column in _clients.c if column.name not in {"client_id", "created_at"}}
    )
)
_REMOVE = delete(_clients).where(_clients.c.client_id == bindparam("client_id"))
_REMOVE_AS_READ = _REMOVE.where(_clients.c.version == bindparam("version_read"))
_AFTER = (
    select(_clients)
    .where(_MATCHES, _clients.c.client_id > bindparam("after"))
    .order_by(_clients.c.client_id)
    .limit(bindparam("limit"))
)


def get(tx: Tx, client_id: str) -> Client | None:
    """Return the client, from this process's snapshot where nothing has changed since."""
    return tx.snapshots.get(tx, CACHE, client_id, _read)


def id_named(tx: Tx, name: str) -> str:
    """Return the id of the one client with this name; empty too when several have it, for then it names none."""
    rows = tx.all(_NAMED, {"client_name": name}) if name else ()
    return str(rows[0]["client_id"]) if len(rows) == 1 else ""


def list_clients(tx: Tx) -> tuple[Client, ...]:
    """Return all clients, oldest first."""
    return tuple(Client(**row) for row in tx.all(_LIST))


def search(
    tx: Tx, text: str, *, sort: str, is_descending: bool, limit: int, offset: int = 0
) -> tuple[tuple[Client, ...], int]:
    """Return clients whose id or name contains `text`, one page of them, and how many there are (`SORTS`)."""
    pattern = containing(text.lower())
    rows = tx.all(_SEARCH[sort, is_descending], {"pattern": pattern, "limit": limit, "skip": offset})
    counted = tx.one(_COUNT, {"pattern": pattern})
    return tuple(Client(**row) for row in rows), counted["total"] if counted else 0


def list_after(tx: Tx, text: str, *, limit: int, after: str = "") -> tuple[Client, ...]:
    """Return clients whose id or name contains `text`, in the order of their ids, those behind the id `after`."""
    rows = tx.all(_AFTER, {"pattern": containing(text.lower()), "limit": limit, "after": after})
    return tuple(Client(**row) for row in rows)


def add(tx: Tx, client: Client) -> None:
    """Add a client. Raises ConflictError when its id is taken."""
    tx.change(_ADD, values_of(client))
    versions.bump(tx, CACHE)


def save(tx: Tx, client: Client) -> bool:
    """Save a client as it was read and changed; false when somebody else has saved it since (`version`)."""
    changed = {"saved_id": client.client_id, "version_read": client.version, "version": client.version + 1}
    if tx.change(_SAVE, values_of(client) | changed) == 0:
        return False
    versions.bump(tx, CACHE)
    return True


def remove(tx: Tx, client_id: str, *, version: int | None = None) -> bool:
    """Remove a client, as it was read where a `version` is given; tell whether it was there."""
    statement = _REMOVE if version is None else _REMOVE_AS_READ
    if tx.change(statement, {"client_id": client_id, "version_read": version}) == 0:
        return False
    versions.bump(tx, CACHE)
    return True


def _read(tx: Tx, client_id: str) -> Client | None:
    row = tx.one(_GET, {"client_id": client_id})
    return None if row is None else Client(**row)
