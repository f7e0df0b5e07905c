"""Settings that load and must not be published: guessed in no time, or good for nothing (policy.md §5).

A slip of the unit is how they come to be, `5d` for `5m` or `12s` for `12h` (ADM-10). A session that is over before its
next page would lock out everybody, whoever could mend it included; the guard against that counts proofs, not time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from idp.policy.language import Bundle
from idp.policy.model import words

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_SENT = "a code that is sent lives ten minutes at most (NIST SP 800-63B-4 §3.1.3)"
_TRIES = "more would be guessed"
_CEILING = "a hundred failures in a row are the most there may be (NIST SP 800-63B-4 §3.2.2)"
_LENGTH = "shorter ones are guessed, and longer ones nobody could be asked for"
_SESSION = "a session would be over before its next page"

Value = Any
"""A whole number or a span; both ends of its bound are of its type."""


@dataclass(frozen=True, slots=True)
class _Bound:
    """From what to what one setting may be; `place` is where the bundle says it."""

    place: str
    setting: str
    least: Value
    most: Value
    why: str
    of: Callable[[Bundle], Value]


def beyond(bundle: Bundle) -> Iterator[tuple[str, str]]:
    """Yield the place of each setting beyond its bounds, and what would be right."""
    for each in _BOUNDS:
        if not each.least <= each.of(bundle) <= each.most:
            span = f"from {words(each.least)} to {words(each.most)}"
            yield each.place, f"`{each.setting}` must be {span}: {each.why}"


def _factor(name: str, setting: str, least: Value, most: Value, why: str) -> _Bound:
    return _Bound(f"factors.{name}", setting, least, most, why, lambda bundle: bundle.factor_settings[name][setting])


_ENDLESS = timedelta(days=36_500)
_BOUNDS = (
    _Bound("sessions.idle", "idle", _MINUTE, _ENDLESS, _SESSION, lambda bundle: bundle.sessions.idle),
    _Bound("sessions.absolute", "absolute", _MINUTE, _ENDLESS, _SESSION, lambda bundle: bundle.sessions.absolute),
    _Bound("locks.after", "after", 1, 100, _CEILING, lambda bundle: bundle.locks.after),
    _Bound("locks.ceiling", "ceiling", 1, 100, _CEILING, lambda bundle: bundle.locks.ceiling),
    _Bound(
        "locks.for",
        "for",
        _MINUTE,
        _DAY,
        "no time to guess on in, and none that a stranger could shut somebody out for",
        lambda bundle: bundle.locks.lock_for,
    ),
    _Bound("password.min", "min", 8, 64, _LENGTH, lambda bundle: bundle.password.min),
    _Bound("password.alone", "alone", 8, 64, _LENGTH, lambda bundle: bundle.password.alone),
    *(
        bound
        for name in ("sms", "voice", "email")
        for bound in (
            _factor(name, "ttl", _MINUTE, timedelta(minutes=10), _SENT),
            _factor(name, "attempts", 1, 10, _TRIES),
        )
    ),
    _factor("temporary_code", "ttl", _MINUTE, 7 * _DAY, "it is for whoever waits for it"),
    _factor("ticket", "ttl", _MINUTE, 30 * _DAY, "it opens an account to whoever finds it"),
    _factor("backup_code", "amount", 1, 50, "all of them are made and shown at once"),
    _factor("backup_code", "length", 8, 32, _LENGTH),
)
