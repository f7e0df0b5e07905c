"""Applications, through the API: RFC 7591 metadata in and out, checked as everywhere else (ADM-28)."""

from dataclasses import dataclass
from functools import partial
from typing import Any, get_type_hints

import msgspec

from idp.admin import access
from idp.admin.access import Permission
from idp.admin.api.calls import (
    AdminOperation,
    Body,
    Call,
    Listing,
    Moment,
    Page,
    RefusedError,
    Tagged,
    behind,
    etag,
    page,
    stale,
)
from idp.admin.clients.service import ClientsDesk, Registered, has_secret
from idp.core.errors import NotFoundError
from idp.records.clients import metadata, own_api
from idp.records.clients import store as clients
from idp.records.clients.model import Client

_MAKES = (own_api.CLIENTS,)
_TYPES = get_type_hints(Client) | {"scope": str}
"""A scope is one text in metadata (RFC 7591 §2)."""
Metadata = msgspec.defstruct(
    "Metadata",
    [(name, _TYPES[name] | msgspec.UnsetType, msgspec.UNSET) for name in metadata.MEMBERS],
    bases=(Body,),
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
)
"""What an application says of itself; what is left out stays, or has its default."""


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """One application."""

    client_id: str
    client_name: str
    created_at: Moment
    disabled_at: Moment | None
    has_secret: bool
    metadata: dict[str, Any]
    """As RFC 7591 §3.2.1 shapes it."""


class ApplicationAdded(msgspec.Struct, frozen=True, kw_only=True):
    """One application with its new secret, which is shown once; null where it has none."""

    application: Application
    client_secret: str | None

    def __repr__(self) -> str:
        """Show nothing: it holds a secret."""
        return "ApplicationAdded(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOperations:
    """The use cases behind the operations."""

    applications: ClientsDesk

    def all(self) -> tuple[AdminOperation, ...]:
        """Return every operation."""
        looks = partial(AdminOperation, verb="GET", action=access.CONSOLE)
        change = partial(AdminOperation, action=access.CLIENTS, scopes=_MAKES, permission=Permission.MANAGE)
        as_read = partial(change, is_conditional=True)
        switched = partial(as_read, verb="POST", gives=Application, is_tagged=True)
        return (
            looks(path="/clients", name="listClients", summary="Applications, by id", handle=self.found, asks=Listing,
                  gives=Page[Application]),
            change(verb="POST", path="/clients", name="addClient", summary="Register an application", handle=self.add,
                   takes=Metadata, gives=ApplicationAdded, is_new=True, is_tagged=True),
            looks(path="/clients/{id}", name="readClient", summary="One application", handle=self.one,
                  gives=Application, is_tagged=True),
            as_read(verb="PATCH", path="/clients/{id}", name="changeClient", summary="Change an application",
                    handle=self.change, takes=Metadata, gives=Application, is_tagged=True),
            as_read(verb="DELETE", path="/clients/{id}", name="removeClient", summary="Remove an application for good",
                    handle=self.remove),
            as_read(verb="POST", path="/clients/{id}/secret", name="rotateSecret",
                    summary="Make a new secret; the old one goes on for a day", handle=self.rotate,
                    gives=ApplicationAdded, is_new=True, is_tagged=True,
                    refusals={"409": "it proves itself without a secret"}),
            switched(path="/clients/{id}/disable", name="disableClient",
                     summary="Stop an application, its tokens included", handle=partial(self.switch, is_disabled=True)),
            switched(path="/clients/{id}/enable", name="enableClient", summary="Let an application go on",
                     handle=partial(self.switch, is_disabled=False)),
        )  # fmt: skip

    def found(self, call: Call) -> Page[Application]:
        """Return applications."""
        after = behind(call.query.cursor, tuple[str], ("",))[0]
        rows = clients.list_after(call.tx, call.query.q, limit=call.query.limit + 1, after=after)
        return page(rows, call.query.limit, key=lambda client: (client.client_id,), shown=_shown)

    def add(self, call: Call) -> Tagged:
        """Register one."""
        return _with_secret(self.applications.register(call.tx, call.staff, _document(call.body)))

    def one(self, call: Call, *, id: str) -> Tagged:
        """Return one."""
        return _tagged(_found(call, id))

    def change(self, call: Call, *, id: str) -> Tagged:
        """Change one, as it was read."""
        client, document = _found(call, id), _document(call.body)
        self.applications.change(call.tx, call.staff, client, document, version=_version(call, client))
        return self.one(call, id=id)

    def remove(self, call: Call, *, id: str) -> None:
        """Remove one, as it was read."""
        client = _found(call, id)
        self.applications.remove(call.tx, call.staff, client, version=_version(call, client))

    def rotate(self, call: Call, *, id: str) -> Tagged:
        """Give one a new secret, as it was read."""
        client = _found(call, id)
        if not has_secret(client):
            raise RefusedError(409, "no_secret", "It proves itself without a secret")
        made = self.applications.rotate_secret(call.tx, call.staff, client, version=_version(call, client))
        return _with_secret(Registered(client=_found(call, id), secret=made.secret))

    def switch(self, call: Call, *, id: str, is_disabled: bool) -> Tagged:
        """Stop one or let it go on, as it was read."""
        client = _found(call, id)
        version = _version(call, client)
        self.applications.set_disabled(call.tx, call.staff, client, version=version, is_disabled=is_disabled)
        return self.one(call, id=id)


def _found(call: Call, client_id: str) -> Client:
    client = clients.get(call.tx, client_id)
    if client is None:
        raise NotFoundError
    return client


def _version(call: Call, client: Client) -> int:
    """Return the version that was read; that it still is the one decides the conditional write behind this."""
    if call.if_match != etag(client.version):
        raise stale("read the application again")
    return client.version


def _document(body: Any) -> dict[str, Any]:
    said = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not msgspec.UNSET}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}


def _shown(client: Client) -> Application:
    return Application(
        client_id=client.client_id,
        client_name=client.client_name,
        created_at=client.created_at,
        disabled_at=client.disabled_at,
        has_secret=bool(client.secrets),
        metadata=metadata.shown(client),
    )


def _tagged(client: Client) -> Tagged:
    return Tagged(_shown(client), etag(client.version))


def _with_secret(registered: Registered) -> Tagged:
    shown = ApplicationAdded(application=_shown(registered.client), client_secret=registered.secret or None)
    return Tagged(shown, etag(registered.client.version))
