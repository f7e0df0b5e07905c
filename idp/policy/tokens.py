"""What tokens may say: `acr`, `amr` and `auth_time`, all from one set, the proofs that count for this request.

`mfa` is derived from kinds and never declared (RFC 8176 §2). A trusted device or low risk never appears here: they are
facts, not proofs.
"""

from collections.abc import Iterable, Sequence

from idp.core.assurance import Evidence
from idp.policy.language import Bundle, Way
from idp.policy.levels import strongest, suffices
from idp.policy.model import Assurance
from idp.policy.proofs import Proof, Terms

_TWO_KINDS = Way(level="", count=1, kinds=2, shown=0, counts_two=True, valid_for=None)


def assurance_of(
    terms: Terms, proofs: Sequence[Proof], asked: Iterable[str], *, is_risk_based: bool
) -> tuple[Assurance | None, tuple[Evidence, ...]]:
    """Return what tokens may say and the evidence it stands on; nothing while no level holds."""
    spelled = spelled_level(terms.bundle, terms.holding(proofs), asked)
    if spelled is None:
        return None, ()
    acr, level = spelled
    counted = terms.counting(level, proofs)
    since, lapses_at = terms.ages_from(level, proofs)
    assurance = Assurance(
        acr=acr,
        level=level,
        amr=_amr(terms, counted, is_risk_based=is_risk_based),
        auth_time=since,
        lapses_at=lapses_at,
    )
    return assurance, tuple(proof.evidence for proof in counted if proof.evidence is not None)


def spelled_level(bundle: Bundle, held: Sequence[str], asked: Iterable[str]) -> tuple[str, str] | None:
    """Return `acr` as it is spelled, and its level: the first asked value that holds, else the strongest level held."""
    for value in asked:
        if bundle.names[value] in held:
            return value, bundle.names[value]
    maximal = strongest(bundle, held)
    return (maximal[0], maximal[0]) if maximal else None


def _amr(terms: Terms, counted: Sequence[Proof], *, is_risk_based: bool) -> tuple[str, ...]:
    """Return the RFC 8176 values, in the order in which the proofs were given."""
    traits = terms.bundle.traits
    ordered = sorted(counted, key=lambda proof: (proof.at, proof.factor))
    values = [
        value for proof in ordered if proof.evidence for value in traits[proof.factor].amr_of(proof.evidence.properties)
    ]
    if _has_two_kinds(terms, counted):
        values.append("mfa")
    channels = {proof.channel for proof in counted}
    if len(channels) > 1 and any(traits[proof.factor].over_another_channel for proof in counted):
        values.append("mca")
    if is_risk_based:
        values.append("rba")
    return tuple(dict.fromkeys(values))


def _has_two_kinds(terms: Terms, counted: Sequence[Proof]) -> bool:
    """Tell whether the counted proofs have two kinds; not once every level that asks two kinds has lapsed."""
    if not suffices(_TWO_KINDS, [(proof.channel, proof.worth) for proof in counted]):
        return False
    levels = terms.bundle.levels.values()
    asking = [level.name for level in levels if all(alternative.kinds > 1 for alternative in level.needs)]
    return not asking or any(terms.meets((name,), counted) for name in asking)
