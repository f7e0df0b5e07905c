"""Reading the parts of a bundle that are neither levels nor rules: factors and their settings, spans, limits, zones."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from idp.core.assurance import SHIPPED_TRAITS, TraitsTable
from idp.policy.budgets import Budgets
from idp.policy.document import Node
from idp.policy.language import (
    Enrolment,
    Locks,
    PasswordLengths,
    Publishing,
    Records,
    RiskShares,
    Sessions,
    TrustedDevices,
)
from idp.policy.reading import Reading, suggestion

_SHIPPED = frozenset(row.name for row in SHIPPED_TRAITS)


Setting = Callable[[Reading, Node, str], Any]


def _span(reading: Reading, node: Node, key: str) -> timedelta:
    return reading.duration(node, key)


def _count(reading: Reading, node: Node, key: str) -> int:
    return reading.integer(node, key, 1)


def _texts(reading: Reading, node: Node, key: str) -> tuple[str, ...]:
    return reading.texts(node, key)


def _within(least: int, most: int, *, but: tuple[int, ...] = ()) -> Setting:
    """Read a whole number between two others."""

    def read(reading: Reading, node: Node, key: str) -> int:
        value = reading.integer(node, key, least)
        if value > most or value in but:
            reading.refuse(node, f"must be at most {most}" if value > most else f"{value} is not possible", key)
        return value

    return read


def _time_step(reading: Reading, node: Node, key: str) -> timedelta:
    """Read how long a code is shown: shorter nobody can type it, longer it waits to be seen (RFC 6238 §5.2)."""
    span = reading.duration(node, key)
    if not timedelta(seconds=15) <= span <= timedelta(minutes=2):
        reading.refuse(node, "must be between 15s and 2m", key)
    return span


def _days(reading: Reading, node: Node, key: str) -> timedelta:
    """Read a span of at least a day."""
    span = reading.duration(node, key)
    if span < timedelta(days=1):
        reading.refuse(node, "must be at least 1d", key)
    return span


def _one_of(*known: str) -> Setting:
    return lambda reading, node, key: reading.choice(node, key, known)


def _wait(reading: Reading, node: Node, key: str) -> timedelta:
    """Read how long a request waits for another device: time to look for it, and no more (NIST SP 800-63B-4 §3.1.3)."""
    span = reading.duration(node, key)
    if not timedelta(minutes=2) <= span <= timedelta(minutes=5):
        reading.refuse(node, "must be between 2m and 5m", key)
    return span


_CODE: dict[str, tuple[Setting, Any]] = {
    "ttl": (_span, timedelta(minutes=5)), "digits": (_within(6, 10), 6), "attempts": (_count, 5),
}  # fmt: skip
_SETTINGS: dict[str, dict[str, tuple[Setting, Any]]] = {
    "password": {},
    "totp": {
        "digits": (_within(6, 8, but=(7,)), 6), "period": (_time_step, timedelta(seconds=30)),
        "window": (_within(0, 2), 1),
        "algorithm": (_one_of("SHA1", "SHA256", "SHA512"), "SHA1"),
    },
    "sms": {**_CODE, "countries": (_texts, ())},
    "voice": {**_CODE, "countries": (_texts, ())},
    "email": _CODE,
    "temporary_code": {"ttl": (_span, timedelta(hours=8))},
    "ticket": {"ttl": (_span, timedelta(days=5))},
    "backup_code": {"amount": (_count, 10), "length": (_count, 10)},
    "recovery_code": {"length": (_within(24, 60), 25)},
    "passkey": {
        "user_verification": (_one_of("required", "preferred", "discouraged"), "required"),
        "attestation": (_one_of("none", "indirect", "direct", "enterprise"), "none"),
        "synced": (_one_of("allowed", "refused"), "allowed"),
    },
    "approval": {"ttl": (_wait, timedelta(minutes=2)), "pending": (_within(1, 3), 3)},
}  # fmt: skip
"""By factor: its settings, how each is read, and its default."""


def read_factors(
    reading: Reading, node: Node, traits: TraitsTable
) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, Mapping[str, Any]]]:
    """Return what may open a session, the order of preference, and every factor's settings with defaults filled in."""
    entries = reading.mapping(node, "factors", None, required=("first", "order"))
    first = reading.choices(entries["first"], "factors.first", traits) if "first" in entries else ()
    order = reading.choices(entries["order"], "factors.order", traits) if "order" in entries else ()
    for name in first:
        if name not in order:
            reading.refuse(
                entries["first"], f"{name!r} may open a session but is off: list it in `order`", "factors.first"
            )
    if "first" in entries and not first:
        reading.refuse(entries["first"], "nothing may open a session", "factors.first")
    settings = {name: {key: default for key, (_, default) in table.items()} for name, table in _SETTINGS.items()}
    for name, value in entries.items():
        if name in ("first", "order"):
            continue
        if name not in traits:
            reading.refuse(node.pairs[name][0], f"unknown key {name!r}{suggestion(name, traits)}", "factors")
            continue
        settings[name] = {**settings.get(name, {}), **_factor(reading, value, name)}
    return first, order, dict(settings)


def _factor(reading: Reading, node: Node, name: str) -> dict[str, Any]:
    """Return the settings written for one factor; an own factor's are its own business, but scalars."""
    key = f"factors.{name}"
    if name not in _SHIPPED:
        return {setting: value.scalar for setting, value in reading.mapping(node, key).items()}
    table = _SETTINGS[name]
    return {
        setting: table[setting][0](reading, value, f"{key}.{setting}")
        for setting, value in reading.mapping(node, key, table).items()
    }


def read_password(reading: Reading, node: Node | None) -> PasswordLengths:
    """Return the least lengths of passwords."""
    written = _written(reading, node, "password", {"min": _count, "alone": _count})
    return PasswordLengths(**written)


def read_sessions(reading: Reading, node: Node | None) -> Sessions:
    """Return how long sessions live."""
    return Sessions(**_written(reading, node, "sessions", {"idle": _span, "absolute": _span}))


def read_locks(reading: Reading, node: Node | None) -> Locks:
    """Return when attempts are locked."""
    written = _written(reading, node, "locks", {"after": _count, "for": _span, "ceiling": _count})
    return Locks(**{"lock_for" if name == "for" else name: value for name, value in written.items()})


def read_budgets(reading: Reading, node: Node | None) -> Budgets:
    """Return how many text messages and calls are sent at most."""
    readers: dict[str, Setting] = {each.name: _count for each in fields(Budgets)}
    return Budgets(**_written(reading, node, "budgets", {**readers, "used": Reading.share}))


def read_trusted_devices(reading: Reading, node: Node | None) -> TrustedDevices:
    """Return how long devices stay trusted."""
    return TrustedDevices(**_written(reading, node, "trusted_devices", {"ttl": _span, "idle": _span}))


def read_enrolment(
    reading: Reading, node: Node | None, *, names: Mapping[str, str], order: tuple[str, ...]
) -> Enrolment:
    """Return up to which level people may enrol while signing in."""
    readers = {"in_flow": _one_of(*names), "hold": _span, "suggest": _one_of(*order)}
    written = _written(reading, node, "enrolment", readers)
    return Enrolment(**{**written, "in_flow": names.get(written.get("in_flow", ""), "")})


def read_risk(reading: Reading, node: Node | None) -> RiskShares:
    """Return the shares of sign-ins that are challenged and that count as high risk."""
    shares: dict[str, Setting] = {"challenge": Reading.share, "high": Reading.share}
    return RiskShares(**_written(reading, node, "risk", shares))


def read_publishing(reading: Reading, node: Node | None) -> Publishing:
    """Return what publishing takes."""
    readers: dict[str, Setting] = {"second_approver": Reading.boolean, "drafts": _days}
    return Publishing(**_written(reading, node, "publishing", readers))


def read_records(reading: Reading, node: Node | None) -> Records:
    """Return what decision records keep."""
    return Records(**_written(reading, node, "records", {"keep": _span, "addresses": Reading.boolean}))


def read_zones(reading: Reading, node: Node | None) -> Mapping[str, tuple[str, ...]]:
    """Return named sets of networks."""
    return {} if node is None else reading.each(node, "zones", reading.networks)


def _written(reading: Reading, node: Node | None, key: str, readers: Mapping[str, Setting]) -> dict[str, Any]:
    if node is None:
        return {}
    entries = reading.mapping(node, key, readers)
    return {name: readers[name](reading, value, f"{key}.{name}") for name, value in entries.items()}
