"""`idp client`: applications that rely on this provider."""

import re
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import msgspec

from idp.admin.clients.service import ClientsDesk
from idp.admin.staff import Staff
from idp.cli.installation import opened
from idp.cli.output import json_option, show_json, show_rows
from idp.core.errors import ConfigError, NotFoundError, Problem
from idp.core.tokens import digest
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.clients import metadata, store
from idp.records.clients.model import Client, ClientSecret
from idp.records.users import store as users
from idp.storage.tx import Tx

_CLIENT_ID = r"[A-Za-z0-9._~-]{1,100}"


@click.group()
def client() -> None:
    """Look after applications. FILE holds RFC 7591 client metadata as JSON; `-` reads it from stdin."""


@client.command()
@click.argument("file")
@click.option("--id", "client_id", help="The client_id; drawn when not given.")
def add(file: str, client_id: str | None) -> None:
    """Register an application and print it as JSON, with its secret this once."""
    if client_id is not None and re.fullmatch(_CLIENT_ID, client_id) is None:
        raise click.BadParameter("must be letters, digits and . _ ~ -", param_hint="--id")
    document = _read(file)
    with opened() as here, here.database.transaction(durable=True) as tx:
        now, secret = here.clock.now(), here.tokens.token()
        new = metadata.parse(document, client_id=client_id or here.tokens.new_id(), now=now)
        if store.get(tx, new.client_id) is not None:
            raise ConfigError([Problem("is taken", key="client_id")])
        if users.get(tx, new.client_id) is not None:
            # Both may be the `sub` of a token, and an API might take one for the other (RFC 9700 §4.15).
            raise ConfigError([Problem("is what a person is known by", key="client_id")])
        if has_secret(new):
            new = replace(new, secrets=(ClientSecret(secret_hash=digest(secret), created_at=now),))
        store.add(tx, new)
        audit.add(tx, _event("client.added", new, now))
    show_json(_with_secret(new, secret) if has_secret(new) else metadata.shown(new))


@client.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all applications."""
    with opened() as here, here.database.transaction() as tx:
        found = store.list_clients(tx)
    rows = [
        {
            "client_id": known.client_id,
            "client_name": known.client_name,
            "token_endpoint_auth_method": known.token_endpoint_auth_method,
            "redirect_uris": known.redirect_uris,
        }
        for known in found
    ]
    show_rows(rows, as_json=as_json, empty="There are no applications yet; `idp client add` registers one.")


@client.command()
@click.argument("client_id")
def show(client_id: str) -> None:
    """Print one application's metadata as JSON."""
    with opened() as here, here.database.transaction() as tx:
        show_json(metadata.shown(_get(tx, client_id)))


@client.command()
@click.argument("client_id")
@click.argument("file")
def update(client_id: str, file: str) -> None:
    """Put the members in FILE in place of the application's own; members not named stay."""
    document = _read(file)
    with opened() as here, here.database.transaction(durable=True) as tx:
        changed = metadata.amend(_get(tx, client_id), document)
        if has_secret(changed) and not changed.secrets:
            text = "needs a secret, and this application has none; run `idp client rotate-secret` first"
            raise ConfigError([Problem(text, key="token_endpoint_auth_method")])
        _save(tx, changed)
        audit.add(tx, _event("client.updated", changed, here.clock.now()))
    show_json(metadata.shown(changed))


@client.command("rotate-secret")
@click.argument("client_id")
@click.option(
    "--overlap", type=click.IntRange(0, 24 * 90), default=24, show_default=True, help="Hours the old one lasts."
)
def rotate_secret(client_id: str, overlap: int) -> None:
    """Draw a new secret and print it this once; the old one goes on for a while, so that nothing stands still."""
    with opened() as here, here.database.transaction(durable=True) as tx:
        now, secret = here.clock.now(), here.tokens.token()
        known = _get(tx, client_id)
        old = tuple(_ending(entry, now + timedelta(hours=overlap)) for entry in known.secrets)
        kept = tuple(entry for entry in old if entry.expires_at is None or entry.expires_at > now)
        changed = replace(known, secrets=(ClientSecret(secret_hash=digest(secret), created_at=now), *kept))
        _save(tx, changed)
        audit.add(tx, _event("client.secret.rotated", changed, now))
    show_json(_with_secret(changed, secret))


@client.command()
@click.argument("client_id")
@click.confirmation_option(prompt="Nobody can sign in there any more. Remove it?")
def remove(client_id: str) -> None:
    """Remove an application."""
    with opened() as here, here.database.transaction(durable=True) as tx:
        known = _get(tx, client_id)
        store.remove(tx, client_id)
        audit.add(tx, _event("client.removed", known, here.clock.now()))
    click.echo(f"{client_id} is removed.")


@client.command()
@click.argument("client_id")
@click.option("--undo", is_flag=True, help="Let it go on.")
def disable(client_id: str, *, undo: bool) -> None:
    """Stop an application: nobody signs in to it and it gets no tokens, until this is undone."""
    with opened() as here, here.database.transaction(durable=True) as tx:
        known = _get(tx, client_id)
        desk = ClientsDesk(clock=here.clock, tokens=here.tokens)
        desk.set_disabled(tx, Staff(), known, version=known.version, is_disabled=not undo)
    click.echo(f"{client_id} goes on." if undo else f"{client_id} is stopped.")


def has_secret(known: Client) -> bool:
    """Tell whether this application proves itself by a secret."""
    return known.token_endpoint_auth_method != "none"


def _read(file: str) -> Any:
    """Return the JSON document; a mistake in it is told with the file's name."""
    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return msgspec.json.decode(text)
    except OSError as error:
        raise ConfigError([Problem(f"cannot be read ({error.strerror})", file=file)]) from error
    except msgspec.DecodeError as error:
        raise ConfigError([Problem(f"is not JSON: {error}", file=file)]) from error


def _get(tx: Tx, client_id: str) -> Client:
    found = store.get(tx, client_id)
    if found is None:
        raise NotFoundError(f"there is no application {client_id}")
    return found


def _save(tx: Tx, changed: Client) -> None:
    if not store.save(tx, changed):
        raise click.ClickException("somebody else changed this application just now; look at it and try again")


def _ending(entry: ClientSecret, at: datetime) -> ClientSecret:
    return replace(entry, expires_at=min(at, entry.expires_at or at))


def _with_secret(known: Client, secret: str) -> dict[str, Any]:
    return {**metadata.shown(known), "client_secret": secret, "client_secret_expires_at": 0}


def _event(name: str, known: Client, now: datetime) -> Event:
    return Event(name=name, at=now, client_id=known.client_id, details={"by": "command line"})
