"""The simulator: who, at which application, from where, with which proofs; the console's and the command line's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from idp.admin.policies.somebody import somebody_of
from idp.core.errors import ConfigError, NotFoundError, Problem
from idp.login.installed import Build, Factors
from idp.policy.facts import BANDS, REGISTRY, FactType, Origin
from idp.policy.language import Bundle
from idp.policy.model import Decision, Demand, FactValue, Mark
from idp.policy.operators import address_of
from idp.policy.prospects import Door, Shown, Somebody, supposed
from idp.policy.reading import duration_of, suggestion
from idp.records.clients import store as clients
from idp.records.clients.model import Client
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A situation that is supposed."""

    who: str = ""
    """A username; empty: a visitor whom nobody knows."""
    client: str = ""
    actions: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    max_age: int | None = None
    """Seconds."""
    address: str = ""
    shown: tuple[Shown, ...] = ()
    facts: Mapping[str, FactValue] = field(default_factory=dict)


class Simulator:
    """Asks policies about situations that are supposed."""

    def __init__(self, *, build_factors: Build) -> None:
        self._factors = Factors(build_factors)

    def decision(self, tx: Tx, bundle: Bundle, question: Question, *, now: datetime) -> Decision:
        """Return what a bundle would say. Raises NotFoundError for a person or an application that is not there."""
        client = _client(tx, question.client)
        values: dict[str, FactValue] = dict(question.facts)
        if question.address:
            values["net.ip"] = question.address
        if client is not None:
            values |= {"client.tags": client.tags, "client.first_party": client.first_party}
        door = Door(demand=_demand(question, client), values=values)
        return supposed(
            bundle,
            _somebody(tx, question.who, now),
            door,
            question.shown if question.who else (),
            enrollable=self._factors.under(bundle).enrollable,
            now=now,
        )


def facts_of(lines: Iterable[str]) -> dict[str, FactValue]:
    """Return facts written as `name=value`. Raises ConfigError naming each that is wrong."""
    found: dict[str, FactValue] = {}
    problems: list[Problem] = []
    for line in lines:
        name, _, text = (part.strip() for part in line.partition("="))
        fact = REGISTRY.get(name)
        value = _value(fact.type, text) if fact is not None and text else None
        if fact is None:
            problems.append(Problem(f"unknown fact {name[:80]!r}{suggestion(name, REGISTRY)}", key="facts"))
        elif fact.origin is Origin.COMPUTED:
            problems.append(Problem(f"{name} is computed and cannot be given", key="facts"))
        elif value is None:
            problems.append(Problem(f"{name}: must be a {fact.type}", key="facts"))
        else:
            found[name] = value
    if problems:
        raise ConfigError(problems)
    return found


def _value(kind: FactType, text: str) -> FactValue | None:
    """Return a typed value, a mark, or None where the text is of another type."""
    if text in (Mark.UNKNOWN.value, Mark.ABSENT.value):
        return Mark(text)
    match kind:
        case FactType.BOOLEAN:
            return {"true": True, "false": False}.get(text)
        case FactType.NUMBER:
            return _number(text)
        case FactType.DURATION:
            span = duration_of(text)
            return None if span is None else span.total_seconds()
        case FactType.TEXTS:
            return tuple(part for part in text.replace(",", " ").split())
        case FactType.BAND:
            return text if text in BANDS else None
        case FactType.ADDRESS:
            return text if address_of(text) else None
        case _:
            return text


def _number(text: str) -> float | None:
    digits = text.removeprefix("-").replace(".", "", 1)
    return float(text) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None


def _client(tx: Tx, client_id: str) -> Client | None:
    client = clients.get(tx, client_id) if client_id else None
    if client_id and client is None:
        raise NotFoundError(f"there is no client {client_id}")
    return client


def _somebody(tx: Tx, username: str, now: datetime) -> Somebody:
    user = users.get_by_username(tx, username) if username else None
    if user is None:
        if username:
            raise NotFoundError(f"there is nobody called {username}")
        return Somebody(user_id="", enrolled=())
    return somebody_of(tx, user, credentials.list_held_by(tx, user.id), now)


def _demand(question: Question, client: Client | None) -> Demand:
    return Demand(
        client_id=question.client,
        actions=question.actions,
        acr_values=question.acr_values,
        max_age=question.max_age,
        default_acr_values=client.default_acr_values if client is not None else (),
        default_max_age=client.default_max_age if client is not None else None,
    )
