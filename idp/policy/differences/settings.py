"""Changes of everything that is a value with a name: factors and their settings, sessions, locks, zones."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from idp.policy.differences.model import Difference, Direction, listed
from idp.policy.differences.model import sentence as _
from idp.policy.differences.requirements import towards
from idp.policy.language import Bundle

_SECTIONS = (
    "password",
    "sessions",
    "locks",
    "budgets",
    "trusted_devices",
    "enrolment",
    "risk",
    "publishing",
    "records",
)
_STRICTER_UP = frozenset(
    {
        "password.min", "password.alone", "locks.for", "enrolment.hold", "risk.challenge", "risk.high",
        "publishing.second_approver", "factors.totp.digits", "factors.sms.digits", "factors.voice.digits",
        "factors.email.digits", "factors.backup_code.length", "factors.recovery_code.length", "budgets.used",
    }
)  # fmt: skip
_STRICTER_DOWN = frozenset(
    {
        "sessions.idle", "sessions.absolute", "locks.after", "locks.ceiling", "trusted_devices.ttl",
        "trusted_devices.idle", "factors.totp.period", "factors.totp.window", "factors.sms.ttl",
        "factors.sms.attempts", "factors.voice.ttl", "factors.voice.attempts", "factors.email.ttl",
        "factors.email.attempts", "factors.approval.ttl", "factors.approval.pending", "budgets.number_day",
        "budgets.person_day", "budgets.prefix_hour", "budgets.prefix_day", "budgets.country_hour",
        "budgets.country_day", "budgets.after",
    }
)  # fmt: skip
_WRITTEN = {"locks.lock_for": "locks.for"}
"""Fields whose name in the language is another, as it is a word of Python."""


def of_settings(was: Bundle, now: Bundle) -> Iterator[Difference]:
    """Yield what changed in values with a name."""
    yield from _factors(was, now)
    before, after = _values(was), _values(now)
    for key in dict.fromkeys((*after, *before)):
        old, new = before.get(key), after.get(key)
        if old != new:
            said = _(
                "%(name)s is now %(after)s; it was %(before)s.",
                name=key,
                after=_shown(key, new),
                before=_shown(key, old),
            )
            yield Difference(key, _direction(key, old, new), said)


def _factors(was: Bundle, now: Bundle) -> Iterator[Difference]:
    on, off = listed(set(now.order) - set(was.order)), listed(set(was.order) - set(now.order))
    if on:
        yield Difference("factors.order", Direction.LOOSER, _("Switched on: %(factors)s.", factors=on))
    if off:
        yield Difference("factors.order", Direction.STRICTER, _("Switched off: %(factors)s.", factors=off))
    kept = [[name for name in one.order if name in other.order] for one, other in ((was, now), (now, was))]
    if kept[0] != kept[1]:
        yield Difference(
            "factors.order", Direction.CHANGED, _("Offered in this order: %(factors)s.", factors=now.order)
        )
    opens, shuts = listed(set(now.first) - set(was.first)), listed(set(was.first) - set(now.first))
    if opens:
        said = _("May now open a session: %(factors)s.", factors=opens)
        yield Difference("factors.first", Direction.LOOSER, said)
    if shuts:
        said = _("May no longer open a session: %(factors)s.", factors=shuts)
        yield Difference("factors.first", Direction.STRICTER, said)


def _values(bundle: Bundle) -> Mapping[str, Any]:
    """Return every value by its dotted name in the language."""
    values: dict[str, Any] = {"bundle": bundle.name}
    for section in _SECTIONS:
        written = getattr(bundle, section)
        values |= {f"{section}.{field.name}": getattr(written, field.name) for field in fields(written)}
    for factor, settings in bundle.factor_settings.items():
        values |= {f"factors.{factor}.{name}": value for name, value in settings.items()}
    values |= {
        f"reasons.{code}.{language}": sentence
        for code, sentences in bundle.reasons.items()
        for language, sentence in sentences.items()
    }
    values |= {f"zones.{name}": networks for name, networks in bundle.zones.items()}
    return {_WRITTEN.get(key, key): value for key, value in values.items()}


def _shown(key: str, value: Any) -> Any:
    if (key.startswith("risk.") or key == "budgets.used") and isinstance(value, float):
        return f"{value * 100:g}%"
    return "∅" if value in (None, "", ()) else value


def _direction(key: str, old: Any, new: Any) -> Direction:
    if key in _STRICTER_UP | _STRICTER_DOWN and isinstance(old, int | float | timedelta):
        return towards(is_stricter=(new > old) is (key in _STRICTER_UP))
    return Direction.CHANGED
