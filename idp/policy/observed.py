"""The facts as rules see them: of the right type, or absent, unknown, pending (policy.md §2).

A value of the wrong type comes from a source that failed: it is unknown, never an error. `device.trusted` is false
while risk is high, and unknown while risk is unknown.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from idp.policy.facts import BANDS, REGISTRY, Fact, FactType, base_name
from idp.policy.language import Bundle
from idp.policy.model import Facts, FactValue, Mark
from idp.policy.operators import address_of, within

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Computed = Mapping[str, Callable[[], FactValue]]


def observe(
    bundle: Bundle, facts: Facts, computed: Computed, *, now: datetime, names: Collection[str] | None = None
) -> dict[str, FactValue]:
    """Return the value of every fact that some rule of the bundle reads, or of those `names`."""
    wanted = bundle.facts if names is None else names
    return {name: _value(bundle, facts, name, computed=computed, now=now) for name in wanted}


def risk_band(facts: Facts) -> FactValue:
    """Return the band of risk: `low`, `challenge`, `high`, or a mark."""
    return _typed(FactType.BAND, facts.values.get("risk.band", Mark.ABSENT))


def _value(bundle: Bundle, facts: Facts, name: str, *, computed: Computed, now: datetime) -> FactValue:
    fact = REGISTRY.get(name) or REGISTRY[base_name(name)]
    if facts.user_id is None and fact.is_pending_at_first:
        return Mark.PENDING
    if name in computed:
        return computed[name]()
    if name.startswith("time."):
        return _time(name, now)
    if name == "net.zone":
        return _zones(bundle, facts)
    if name == "device.trusted":
        return _trusted(facts)
    return _typed(fact.type, _given(facts, fact))


def _given(facts: Facts, fact: Fact) -> FactValue:
    """Return the value supplied for a fact; what it does not say, the demand may."""
    if fact.name in facts.values:
        return facts.values[fact.name]
    demand = facts.demand
    match fact.name:
        case "client.id":
            return demand.client_id
        case "request.scopes":
            return demand.scopes
        case "request.acr_values":
            return demand.acr_values
        case "request.action":
            return demand.actions
        case "request.prompt":
            return demand.prompt
        case name if name.startswith("request."):
            return demand.details.get(name.removeprefix("request."), Mark.ABSENT)
        case _:
            return Mark.ABSENT


def _typed(kind: FactType, value: FactValue) -> FactValue:
    """Return the value if it is of this type, a mark as it is, anything else as unknown."""
    if isinstance(value, Mark):
        return value
    match kind:
        case FactType.BOOLEAN:
            is_right = isinstance(value, bool)
        case FactType.NUMBER | FactType.DURATION:
            is_right = isinstance(value, int | float) and not isinstance(value, bool)
        case FactType.TEXTS | FactType.LEVELS:
            return _texts(value)
        case FactType.BAND:
            is_right = value in BANDS
        case FactType.ADDRESS:
            return _address(value)
        case _:
            is_right = isinstance(value, str)
    return value if is_right else Mark.UNKNOWN


def _texts(value: FactValue) -> FactValue:
    if isinstance(value, tuple | list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return Mark.UNKNOWN


def _address(value: FactValue) -> FactValue:
    address = address_of(value) if isinstance(value, str) else None
    return Mark.UNKNOWN if address is None else address  # type: ignore[return-value]


def _zones(bundle: Bundle, facts: Facts) -> FactValue:
    """Return the bundle's zones in which the address lies."""
    address = _typed(FactType.ADDRESS, facts.values.get("net.ip", Mark.ABSENT))
    if isinstance(address, Mark):
        return address
    return tuple(name for name, networks in bundle.zones.items() if within(networks)(address))


def _trusted(facts: Facts) -> FactValue:
    band, trusted = risk_band(facts), _typed(FactType.BOOLEAN, facts.values.get("device.trusted", Mark.ABSENT))
    if trusted is not True or band in ("low", "challenge", Mark.ABSENT):
        return trusted
    return False if band == "high" else Mark.UNKNOWN


def _time(name: str, now: datetime) -> FactValue:
    base, _, zone = name.partition("@")
    local = now.astimezone(ZoneInfo(zone or "UTC"))
    return local.hour if base == "time.hour" else _DAYS[local.weekday()]
