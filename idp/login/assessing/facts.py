"""An assessment as facts for policy. Where risk is only recorded, no rule sees it; what the network is stays a fact."""

from collections.abc import Iterable, Mapping

from idp.policy.model import FactValue, Mark
from idp.risk.model import UNKNOWN, Assessment

_TOLD_FROM = 0.5
"""Terms that weigh less are no reason to name."""
_KNOWN_ANYWAY = frozenset({"net.ip", "net.zone"})
_ALONE = {
    "risk.velocity": "velocity",
    "risk.spray": "spray",
    "risk.after_failures": "after_failures",
    "risk.dormant": "dormant_new_device",
}


def assessed_facts(assessment: Assessment) -> Mapping[str, FactValue]:
    """Return what policy may know of an assessment; what was not observed is not named."""
    facts: dict[str, FactValue] = dict(_network(assessment))
    if assessment.is_recorded_only:
        return facts
    facts["risk.band"] = Mark.UNKNOWN if assessment.band == UNKNOWN else assessment.band
    facts["risk.percentile"] = assessment.percentile
    facts["risk.signals"] = (*assessment.signals, *reasons_of(assessment))
    facts["risk.listed_address"] = not {"tor_exit", "attack_listed"}.isdisjoint(assessment.signals)
    facts |= {name: signal in assessment.signals for name, signal in _ALONE.items()}
    if assessment.kmh is not None and assessment.km is not None:
        facts |= {"travel.kmh": assessment.kmh, "travel.km": assessment.km}
    return facts


def reads_risk(names: Iterable[str]) -> bool:
    """Tell whether some rule reads what only an assessment knows; else a session is continued without one."""
    return any(name.startswith(("risk.", "travel.", "net.")) and name not in _KNOWN_ANYWAY for name in names)


def reasons_of(assessment: Assessment) -> tuple[str, ...]:
    """Return the codes of what speaks against the sign-in, the weightiest first."""
    seen = (term for term in assessment.terms if not term.code.endswith("_copied"))
    against = sorted((term for term in seen if term.value >= _TOLD_FROM), key=lambda term: -term.value)
    return tuple(term.code for term in against)


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
