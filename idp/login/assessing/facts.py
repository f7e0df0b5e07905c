"""An assessment as facts for policy. Where risk is only recorded, no rule sees it; what the network is stays a fact.

What was never installed is absent. What should be there and failed is unknown, each fact that hangs on it by itself: a
rule that reads one of them alone is no easier to pass for a file that broke (policy.md §2).
"""

from collections.abc import Iterable, Mapping

from idp.policy.model import FactValue, Mark
from idp.risk.model import FAILED, UNKNOWN, Assessment

_TOLD_FROM = 0.5
"""Terms that weigh less are no reason to name."""
_KNOWN_ANYWAY = frozenset({"net.ip", "net.zone"})
_ALONE = {
    "risk.velocity": "velocity",
    "risk.spray": "spray",
    "risk.after_failures": "after_failures",
    "risk.dormant": "dormant_new_device",
}
_HANGS_ON = {
    "address_failed": ("net.country", "net.asn", "net.hosting", "net.tor", "risk.listed_address", "travel.kmh"),
    "city_failed": ("net.country", "travel.kmh", "travel.km"),
    "asn_failed": ("net.asn",),
    "lists_failed": ("net.hosting", "net.tor", "risk.listed_address", "risk.signals"),
    "mail_domains_failed": ("risk.signals",),
}
_NETWORK = ("net.country", "net.asn", "net.hosting", "net.tor")
_RISK = ("risk.band", "risk.percentile", "risk.signals", "risk.listed_address", *_ALONE, "travel.kmh", "travel.km")


def assessed_facts(assessment: Assessment) -> Mapping[str, FactValue]:
    """Return what policy may know of an assessment; what was not observed is not named."""
    facts: dict[str, FactValue] = dict(_network(assessment))
    if not assessment.is_recorded_only:
        facts |= _risk(assessment)
    unknown = {name for signal in assessment.signals for name in _HANGS_ON.get(signal, ())}
    if FAILED in assessment.signals:
        unknown |= {*_NETWORK, *_RISK}
    if assessment.is_recorded_only:
        unknown.difference_update(_RISK)
    return facts | dict.fromkeys(unknown, Mark.UNKNOWN)


def reads_risk(names: Iterable[str]) -> bool:
    """Tell whether some rule reads what only an assessment knows; else a session is continued without one."""
    return any(name.startswith(("risk.", "travel.", "net.")) and name not in _KNOWN_ANYWAY for name in names)


def reasons_of(assessment: Assessment) -> tuple[str, ...]:
    """Return the codes of what speaks against the sign-in, the weightiest first."""
    seen = (term for term in assessment.terms if not term.code.endswith(("_copied", "_past")))
    against = sorted((term for term in seen if term.value >= _TOLD_FROM), key=lambda term: -term.value)
    return tuple(term.code for term in against)


def _risk(assessment: Assessment) -> Mapping[str, FactValue]:
    facts: dict[str, FactValue] = {
        "risk.band": Mark.UNKNOWN if assessment.band == UNKNOWN else assessment.band,
        "risk.percentile": assessment.percentile,
        "risk.signals": (*assessment.signals, *reasons_of(assessment)),
        "risk.listed_address": not {"tor_exit", "attack_listed"}.isdisjoint(assessment.signals),
    }
    facts |= {name: signal in assessment.signals for name, signal in _ALONE.items()}
    if assessment.kmh is not None and assessment.km is not None:
        facts |= {"travel.kmh": assessment.kmh, "travel.km": assessment.km}
    return facts


def _network(assessment: Assessment) -> Mapping[str, FactValue]:
    facts: dict[str, FactValue] = {}
    if assessment.visit.country:
        facts["net.country"] = assessment.visit.country
    if assessment.visit.provider:
        facts["net.asn"] = int(assessment.visit.provider)
    if "lists_absent" not in assessment.signals:
        facts["net.hosting"] = assessment.visit.is_shared
        facts["net.tor"] = "tor_exit" in assessment.signals
    return facts
