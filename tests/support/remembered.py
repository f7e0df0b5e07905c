"""What libraries work out anew for every application though it follows from its input alone: once for each process.

A test process makes an application for most of its tests. Two thirds of what each cost went into the same two hundred
routes, taken to pieces and turned into functions again, and into the same RSA keys, proved consistent again before they
were first used. The console's tests spent most of their time on reading the same few policies again with each page, and
those of the command line on comparing the same tables with the same schema again with each command.
"""

import gc
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from alembic.autogenerate import api as comparing
from alembic.migration import MigrationContext
from joserfc._rfc7518.rsa_key import RSABinding
from ruamel.yaml import YAML
from sqlalchemy import MetaData
from werkzeug.routing import Rule

TEXTS = 100
"""How many YAML documents are remembered at a time: what few tests need, and not all that others make up."""


def remember() -> None:
    """Let all of it be remembered from now on, for as long as the process lasts."""
    Rule._parse_rule = _pieces(Rule._parse_rule)  # type: ignore[method-assign]
    Rule._compile_builder = _builders(Rule._compile_builder)  # type: ignore[method-assign]
    RSABinding.import_private_key = staticmethod(_keys(RSABinding.import_private_key))  # type: ignore[method-assign]
    YAML.parse = _events(YAML.parse)  # type: ignore[method-assign]
    comparing.produce_migrations = _differences(comparing.produce_migrations)


def keep_what_is_there() -> None:
    """Let the garbage collector leave alone what was imported and collected, and look less often for what is new.

    It would go through hundreds of thousands of objects again and again, as tests make and drop applications by the
    thousand.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _pieces(work_out: Callable[..., Any]) -> Callable[..., Any]:
    """What a route is matched by follows from its text, as all applications here have Flask's own converters."""
    known: dict[str, tuple[Any, ...]] = {}

    @wraps(work_out)
    def pieces(rule: Rule, text: str) -> Any:
        if text not in known:
            before = len(rule._trace)
            parts = tuple(work_out(rule, text))
            known[text] = parts, tuple(rule._trace[before:]), dict(rule._converters)
            return parts
        parts, trace, converters = known[text]
        rule._trace.extend(trace)
        rule._converters.update(converters)
        rule.arguments.update(converters)
        return parts

    return pieces


def _builders(work_out: Callable[..., Any]) -> Callable[..., Any]:
    """What builds a route's address is given the route when it is called: it follows from the route's pieces."""
    known: dict[object, Any] = {}

    @wraps(work_out)
    def builder(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return work_out(rule, append_unknown)
        pieces = (rule.rule, tuple(rule._trace), append_unknown)
        if pieces not in known:
            known[pieces] = work_out(rule, append_unknown)
        return known[pieces]

    return builder


def _keys(work_out: Callable[..., Any]) -> Callable[..., Any]:
    """A private key cannot be changed, so all may have the same."""
    known: dict[object, Any] = {}

    @wraps(work_out)
    def imported(obj: dict[str, str]) -> Any:
        numbers = tuple(sorted(obj.items()))
        if numbers not in known:
            known[numbers] = work_out(obj)
        return known[numbers]

    return imported


def _events(work_out: Callable[..., Any]) -> Callable[..., Any]:
    """What is in a text, event by event, for whoever asks: policies alone. What is refused is read again each time."""
    known: dict[str, tuple[Any, ...]] = {}

    @wraps(work_out)
    def events(reader: YAML, text: str) -> Iterator[Any]:
        if text in known:
            yield from known[text]
            return
        seen = []
        for event in work_out(reader, text):
            seen.append(event)
            yield event
        if len(known) == TEXTS:
            known.clear()
        known[text] = tuple(seen)

    return events


def _differences(work_out: Callable[..., Any]) -> Callable[..., Any]:
    """How a database differs from what it should be: SQLite keeps its schema as text, in which all of it is said."""
    known: dict[tuple[Any, ...], Any] = {}

    @wraps(work_out)
    def differences(context: MigrationContext, metadata: MetaData) -> Any:
        if context.dialect.name != "sqlite" or context.connection is None:
            return work_out(context, metadata)
        found = context.connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2")
        key = (metadata, *map(tuple, found))
        if key not in known:
            known[key] = work_out(context, metadata)
        return known[key]

    return differences
