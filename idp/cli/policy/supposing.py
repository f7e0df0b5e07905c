"""What a command is told to suppose: who, at which application, from where, with which proofs."""

import re
from collections.abc import Callable
from typing import Any

import click

from idp.admin.policies.simulator.service import Question, Simulator, facts_of
from idp.cli.policy.desk import desk
from idp.cli.policy.naming import LIVE, named
from idp.core.errors import ConfigError
from idp.policy.language import Bundle
from idp.policy.model import Decision, FactValue
from idp.policy.operators import address_of
from idp.policy.prospects import Shown
from idp.policy.reading import duration_of

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
            click.option(
                "--fact", "facts", multiple=True, callback=_facts,
                help="Such as risk.band=high or user.groups=staff.",
            ),
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
    try:
        return facts_of(values)
    except ConfigError as error:
        raise click.BadParameter("; ".join(problem.text for problem in error.problems)) from error


def supposed_decision(who: str, name: str | None, asked: dict[str, Any]) -> tuple[Bundle, Decision]:
    """Return what a bundle, the live one unless another is named, would say."""
    with desk() as here:
        bundle = here.policies.here(named(name or LIVE))
        simulator = Simulator(build_factors=here.build_factors)
        with here.here.database.transaction() as tx:
            question = Question(who=who, **asked)
            return bundle, simulator.decision(tx, bundle, question, now=here.here.clock.now())
