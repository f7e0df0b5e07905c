"""What a grant is still worth later: at refresh, exchange and introspection (policy.md, Later).

`acr` is computed again from the evidence the grant was issued on, by the live bundle, among the values first asked for:
it may fall, never rise. `amr` and `auth_time` never change (OIDC Core 1.0 §12.2). This decay departs on purpose from
RFC 9068 §2.2.1. `deny` rules run with client and user facts only; `require` rules do not run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from idp.core.assurance import Evidence
from idp.policy.facts import changes_with_time
from idp.policy.language import FIRST_LEVEL, Bundle, Rule
from idp.policy.model import Enrolled, Facts, Requirement
from idp.policy.rulings import rule_all
from idp.policy.situation import Situation, situation_of
from idp.policy.tokens import spelled_level

_CLIENT_FAMILY = "client."
_STANDING_FAMILIES = (_CLIENT_FAMILY, "user.")
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a grant is worth now."""

    acr: str
    """Spelled as it was first asked; empty when no level holds any more."""
    level: str
    lapses_at: datetime | None
    same_until: datetime
    """Before this moment the same facts are worth the same, whatever else it is by then; `now` where nobody can say."""
    denied: str = ""
    """The reason code of a `deny` rule that matches now."""


def denied(bundle: Bundle, facts: Facts, *, now: datetime) -> str:
    """Return the reason code of a `deny` rule that matches a client on its own; empty when none does.

    Nobody has signed in, so rules about persons wait, as they do before a first proof.
    """
    rules = denying(bundle)
    if not rules:
        return ""
    known = {name: value for name, value in facts.values.items() if name.startswith(_CLIENT_FAMILY)}
    client = replace(facts, values=known, user_id=None)
    return _denial(situation_of(bundle, client, (), (), now=now, reads=_read_by(rules)), rules)


def recompute(
    bundle: Bundle,
    facts: Facts,
    evidence: Sequence[Evidence],
    enrolled: Sequence[Enrolled],
    *,
    asked: Sequence[str],
    granted: str,
    now: datetime,
) -> Worth:
    """Return what a grant is worth: `asked` are the values first asked for, `granted` the level it was issued at."""
    standing = {name: value for name, value in facts.values.items() if name.startswith(_STANDING_FAMILIES)}
    # No interaction: what was proved then ages like everything else.
    settled = replace(facts, values=standing, interaction_id="")
    rules = denying(bundle)
    reads = _read_by(rules)
    situation = situation_of(bundle, settled, evidence, enrolled, now=now, reads=reads)
    denial = _denial(situation, rules)
    proofs = tuple(replace(proof, is_here=False) if proof.is_here else proof for proof in situation.proofs)
    terms = situation.terms(Requirement(acr=(FIRST_LEVEL,)), least_left=timedelta(0))
    held = terms.holding(proofs, [level for level in bundle.levels if _may_be(bundle, level, granted)])
    spelled = spelled_level(bundle, held, [value for value in asked if value in bundle.names])
    acr, level = spelled or ("", "")
    lapses_at = terms.ages_from(level, proofs)[1] if spelled else None
    until = now if any(map(changes_with_time, reads)) else _settled_until(situation, lapses_at)
    return Worth(acr=acr, level=level, lapses_at=lapses_at, same_until=until, denied=denial)


def _settled_until(situation: Situation, lapses_at: datetime | None) -> datetime:
    """Return when time alone changes what proofs are worth: a level lapses, or a new factor is held back no longer."""
    hold = situation.bundle.enrolment.hold
    ends = [each.since + hold for each in situation.enrolled if situation.now - each.since < hold]
    return min([*ends, lapses_at or _NEVER])


def denying(bundle: Bundle) -> tuple[Rule, ...]:
    """Return the rules that may deny, which alone run when nobody is there."""
    return tuple(rule for rule in bundle.rules if rule.deny)


def _read_by(rules: tuple[Rule, ...]) -> frozenset[str]:
    return frozenset().union(*(rule.facts for rule in rules))


def _denial(situation: Situation, denying: tuple[Rule, ...]) -> str:
    return next((rule.deny for rule in rule_all(situation, denying).fired), "")


def _may_be(bundle: Bundle, level: str, granted: str) -> bool:
    """Tell whether a level is no stronger than the one granted; of a level that is gone, only the first remains."""
    return granted in bundle.stronger[level] if granted in bundle.levels else level == FIRST_LEVEL
