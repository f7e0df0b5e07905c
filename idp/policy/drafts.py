"""A decision in the making: the situation, what became of the rules, and all that is required so far."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from idp.policy.model import Decision, Outcome, Requirement, RuleTrace
from idp.policy.rulings import Contribution, Rulings, is_risk_based, required_by
from idp.policy.situation import Situation
from idp.policy.tokens import assurance_of
from idp.policy.wishes import asked_spellings

LOGIN_REQUIRED = "login_required"
INTERACTION_REQUIRED = "interaction_required"


class Draft(Struct, frozen=True, kw_only=True):
    """Everything but the outcome. `wished` are the levels of the relying party, `parts` what policy itself requires."""

    situation: Situation
    rulings: Rulings
    parts: tuple[Contribution, ...]
    wished: tuple[Contribution, ...] = ()
    required: Requirement
    """The join of all parts and wishes."""
    because: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    enrols: str = ""
    """Why an `enrol` rule asks for something; it requires nothing, and so it is no part."""

    @property
    def is_met(self) -> bool:
        """Tell whether everything required has been proved."""
        return self.situation.meets(self.required)

    def wishing(self, wished: Iterable[Contribution]) -> "Draft":
        """Return the draft with more wishes of the relying party."""
        wishes = (*self.wished, *wished)
        return replace(self, wished=wishes, required=required_by(self.situation, (*self.parts, *wishes)))

    def naming(self, *names: str, notes: Mapping[str, str] | None = None) -> "Draft":
        """Return the draft with more rules named as its cause, and notes for the trace."""
        return replace(self, because=tuple(dict.fromkeys((*self.because, *names))), notes=notes or self.notes)


def draft_of(situation: Situation, rulings: Rulings, parts: tuple[Contribution, ...]) -> Draft:
    """Return the draft of what policy itself requires."""
    return Draft(
        situation=situation,
        rulings=rulings,
        parts=parts,
        required=required_by(situation, parts),
        because=tuple(part.name for part in parts if part.name),
    )


def settle(
    draft: Draft,
    outcome: Outcome,
    *,
    options: tuple[tuple[str, ...], ...] = (),
    is_skippable: bool = False,
    enrol_rule: str = "",
    reason: str = "",
    error: str | None = None,
    available_at: datetime | None = None,
) -> Decision:
    """Return the decision; its `error`, if none is given, is that of `prompt=none` (OIDC Core 1.0 §3.1.2.6)."""
    situation = draft.situation
    assurance, counted = assurance_of(
        situation.terms(draft.required),
        situation.proofs,
        asked_spellings(situation.bundle, situation.facts.demand),
        is_risk_based=is_risk_based(situation, (*draft.parts, *draft.wished)),
    )
    silent_error = INTERACTION_REQUIRED if counted else LOGIN_REQUIRED
    return Decision(
        outcome=outcome,
        required=draft.required,
        assurance=assurance,
        options=options,
        skippable=is_skippable,
        enrol_rule=enrol_rule,
        because=draft.because,
        reasons=_reasons(draft, is_open=outcome is not Outcome.ALLOW),
        reason=reason,
        error=("" if outcome is Outcome.ALLOW else silent_error) if error is None else error,
        available_at=available_at,
        counted=counted,
        trace=_noted(draft.rulings.trace, draft.notes),
    )


def _reasons(draft: Draft, *, is_open: bool) -> tuple[str, ...]:
    """Return the reason codes; while something is open, those of what is not met yet come first."""
    parts = (*draft.parts, *draft.wished)
    if is_open:
        parts = tuple(sorted(parts, key=lambda part: draft.situation.meets(part.requirement)))
    first = (draft.enrols,) if draft.enrols else ()
    return tuple(dict.fromkeys((*first, *(part.reason for part in parts))))


def _noted(trace: tuple[RuleTrace, ...], notes: Mapping[str, str]) -> tuple[RuleTrace, ...]:
    if not notes:
        return trace
    return tuple(each._replace(note=notes.get(each.rule, "")) for each in trace)
