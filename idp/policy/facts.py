"""The registry of facts: what a rule may read, of which type, from where, and from when it is known (policy.md §2).

A rule may use only what is listed here. To add a fact: one line. Whether a value is absent, unknown or pending is said
by `Mark`; a registered fact that nobody supplies is absent.
"""

from dataclasses import dataclass
from enum import StrEnum


class FactType(StrEnum):
    """What a fact's value is, and so which operators fit it."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DURATION = "duration"
    TEXTS = "texts"
    ADDRESS = "address"
    BAND = "band"
    LEVELS = "levels"


class Origin(StrEnum):
    """Who supplies a fact."""

    REQUEST = "request"
    """Read off the demand by the engine."""
    PERSON = "person"
    """The user record."""
    COMPUTED = "computed"
    """Computed by the engine from evidence, enrolment, address and time; it cannot be given."""
    NETWORK = "network"
    DEVICE = "device"
    RISK = "risk"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Fact:
    """One registered fact."""

    name: str
    type: FactType
    origin: Origin
    unit: str = ""
    is_pending_at_first: bool = False
    """Whether nobody knows it before a first proof."""


PENDING_FAMILIES = frozenset({"user", "device", "risk", "travel", "session"})
"""Not known before a first proof, so that until then all visitors see one and the same page."""
ADAPTIVE_FAMILIES = frozenset({"device", "risk", "travel"})
"""A requirement that changed because of these is risk-based: `rba` (RFC 8176 §2)."""
BANDS = ("low", "challenge", "high")
"""Weakest first."""

_T = FactType
_O = Origin
_ROWS: tuple[tuple[str, FactType, Origin, str], ...] = (
    ("client.id", _T.TEXT, _O.REQUEST, ""),
    ("client.tags", _T.TEXTS, _O.REQUEST, ""),
    ("client.first_party", _T.BOOLEAN, _O.REQUEST, ""),
    ("request.scopes", _T.TEXTS, _O.REQUEST, ""),
    ("request.acr_values", _T.TEXTS, _O.REQUEST, ""),
    ("request.action", _T.TEXTS, _O.REQUEST, ""),
    ("request.prompt", _T.TEXTS, _O.REQUEST, ""),
    ("request.amount", _T.NUMBER, _O.REQUEST, "as the client states it"),
    ("request.currency", _T.TEXT, _O.REQUEST, "ISO 4217"),
    ("request.payee", _T.TEXT, _O.REQUEST, ""),
    ("request.purpose", _T.TEXT, _O.REQUEST, ""),
    ("user.id", _T.TEXT, _O.COMPUTED, ""),
    ("user.groups", _T.TEXTS, _O.PERSON, ""),
    ("user.roles", _T.TEXTS, _O.PERSON, ""),
    ("user.age", _T.DURATION, _O.PERSON, "since the account was made"),
    ("user.enrolled", _T.TEXTS, _O.COMPUTED, "factors"),
    ("user.reach", _T.LEVELS, _O.COMPUTED, "levels reachable with what is enrolled"),
    ("user.must_enrol", _T.BOOLEAN, _O.PERSON, "since an administrator asked, until a second step is set up"),
    ("user.recovering", _T.BOOLEAN, _O.PERSON, "while a recovery cools off"),
    ("user.reported", _T.BOOLEAN, _O.PERSON, "since they said that something was not them"),
    ("user.last_sign_in", _T.DURATION, _O.PERSON, "since the last sign-in"),
    ("device.known", _T.BOOLEAN, _O.DEVICE, ""),
    ("device.trusted", _T.BOOLEAN, _O.DEVICE, "false while risk is high"),
    ("device.age", _T.DURATION, _O.DEVICE, "since it was first seen"),
    ("device.kind", _T.TEXT, _O.DEVICE, "mobile, tablet, desktop"),
    ("net.ip", _T.ADDRESS, _O.NETWORK, ""),
    ("net.zone", _T.TEXTS, _O.COMPUTED, "zones of the bundle"),
    ("net.country", _T.TEXT, _O.NETWORK, "ISO 3166-1 alpha-2"),
    ("net.asn", _T.NUMBER, _O.NETWORK, ""),
    ("net.hosting", _T.BOOLEAN, _O.NETWORK, ""),
    ("net.tor", _T.BOOLEAN, _O.NETWORK, ""),
    ("risk.band", _T.BAND, _O.RISK, "low, challenge, high"),
    ("risk.percentile", _T.NUMBER, _O.RISK, "of legitimate sign-ins, 0 to 100"),
    ("risk.signals", _T.TEXTS, _O.RISK, "reason codes"),
    ("risk.listed_address", _T.BOOLEAN, _O.RISK, ""),
    ("risk.velocity", _T.BOOLEAN, _O.RISK, ""),
    ("risk.spray", _T.BOOLEAN, _O.RISK, ""),
    ("risk.after_failures", _T.BOOLEAN, _O.RISK, ""),
    ("risk.dormant", _T.BOOLEAN, _O.RISK, ""),
    ("risk.denied_prompt", _T.BOOLEAN, _O.RISK, ""),
    ("travel.kmh", _T.NUMBER, _O.RISK, "km/h since the last sign-in"),
    ("travel.km", _T.NUMBER, _O.RISK, "km since the last sign-in"),
    ("session.age", _T.DURATION, _O.SESSION, "since it was opened"),
    ("session.idle", _T.DURATION, _O.SESSION, "since it was last used"),
    ("session.moved", _T.BOOLEAN, _O.SESSION, "used from another network and in another browser than it was proved in"),
    ("session.clients", _T.TEXTS, _O.SESSION, "clients signed in to"),
    ("time.hour", _T.NUMBER, _O.COMPUTED, "0 to 23; UTC, or `time.hour@Asia/Tokyo`"),
    ("time.weekday", _T.TEXT, _O.COMPUTED, "mon … sun; UTC, or `time.weekday@Asia/Tokyo`"),
)

REGISTRY: dict[str, Fact] = {
    name: Fact(name, kind, origin, unit, name.partition(".")[0] in PENDING_FAMILIES)
    for name, kind, origin, unit in _ROWS
}
"""Every fact by name."""


def base_name(name: str) -> str:
    """Return the registered name: a time fact may carry its zone behind an `@`."""
    base = name.partition("@")[0]
    return base if base in ("time.hour", "time.weekday") else name


def changes_with_time(name: str) -> bool:
    """Tell whether a fact may be another a moment later, though nothing has happened."""
    return name.startswith("time.") or REGISTRY[name].type is FactType.DURATION
