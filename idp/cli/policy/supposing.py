"""The simulator: what would be decided about somebody, at an application, from somewhere, with these proofs."""

import re
from collections.abc import Callable
from typing import Any

import click

from idp.admin.policies.somebody import somebody_of
from idp.cli.policy.desk import Desk, desk
from idp.cli.policy.naming import LIVE, named
from idp.core.errors import NotFoundError
from idp.login.installed import Factors
from idp.policy.language import Bundle
from idp.policy.model import Decision, Demand, FactValue
from idp.policy.operators import address_of
from idp.policy.prospects import Door, Shown, supposed
from idp.policy.reading import duration_of
from idp.records.clients import store as clients
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.storage.tx import Tx

_PROOF = re.compile(r"([a-z_][a-z0-9_]*)(?:@([0-9]{1,9}[smhd]))?")


def who_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that describe a situation."""
    for option in reversed(
        [
            click.option("--who", default="", metavar="USERNAME", help="Suppose that this person is there."),
            click.option("--client", default="", metavar="CLIENT_ID", help="At which application."),
            click.option("--action", "actions", multiple=True, help="A named action; may be given several times."),
            click.option("--acr", "acr_values", multiple=True, help="An acr_value the application asks for."),
            click.option("--max-age", type=click.IntRange(0), help="Seconds."),
            click.option("--from", "address", default="", callback=_address, help="A network address."),
            click.option(
                "--with", "shown", multiple=True, callback=_proofs,
                help="A proof given here, such as password, or before, such as totp@5m. None: a visitor.",
            ),
            click.option("--fact", "facts", multiple=True, callback=_facts, help="Such as risk.band=high."),
        ]
    ):  # fmt: skip
        command = option(command)
    return command


def _address(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if value and address_of(value) is None:
        raise click.BadParameter("must be an IP address")
    return value


def _proofs(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Shown, ...]:
    found = []
    for value in values:
        match = _PROOF.fullmatch(value)
        if match is None:
            raise click.BadParameter(f"{value}: must be a factor, or one with its age, such as totp@5m")
        found.append(Shown(match[1], duration_of(match[2]) if match[2] else None))
    return tuple(found)


def _facts(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, FactValue]:
    """Return facts as they were typed: true and false, numbers, texts."""
    found: dict[str, FactValue] = {}
    for value in values:
        name, separator, text = value.partition("=")
        if not separator:
            raise click.BadParameter(f"{value}: must be NAME=VALUE")
        found[name] = text == "true" if text in ("true", "false") else _number(text)
    return found


def _number(text: str) -> FactValue:
    try:
        return float(text)
    except ValueError:
        return text


def supposed_decision(who: str, name: str | None, asked: dict[str, Any]) -> tuple[Bundle, Decision]:
    """Return what a bundle, the live one unless another is named, would say."""
    with desk() as here:
        bundle = here.policies.here(named(name or LIVE))
        with here.here.database.transaction() as tx:
            return bundle, _decided(here, tx, bundle, who, asked)


def _decided(here: Desk, tx: Tx, bundle: Bundle, who: str, asked: dict[str, Any]) -> Decision:
    user, now = users.get_by_username(tx, who), here.here.clock.now()
    if user is None:
        raise NotFoundError(f"there is nobody called {who}")
    client = clients.get(tx, asked["client"]) if asked["client"] else None
    if asked["client"] and client is None:
        raise NotFoundError(f"there is no client {asked['client']}")
    values: dict[str, FactValue] = dict(asked["facts"])
    if asked["address"]:
        values["net.ip"] = asked["address"]
    if client is not None:
        values |= {"client.tags": client.tags, "client.first_party": client.first_party}
    demand = Demand(
        client_id=asked["client"],
        actions=asked["actions"],
        acr_values=asked["acr_values"],
        max_age=asked["max_age"],
        default_acr_values=client.default_acr_values if client is not None else (),
        default_max_age=client.default_max_age if client is not None else None,
    )
    enrollable = Factors(here.build_factors).under(bundle).enrollable
    somebody = somebody_of(tx, user, credentials.list_held_by(tx, user.id), now)
    return supposed(
        bundle, somebody, Door(demand=demand, values=values), asked["shown"], enrollable=enrollable, now=now
    )
