"""Decisions, through the API: what was decided, why, and what risk had been seen."""

from dataclasses import dataclass

import msgspec

from idp.admin import access
from idp.admin.api.calls import AdminOperation, Call, Limit, Moment, Page, Query, Short, behind, page
from idp.admin.api.reasons import Reasons, reasons_of
from idp.admin.decisions.service import explained
from idp.core.assurance import TraitsTable
from idp.core.errors import NotFoundError
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from idp.records.risks import store as risks
from idp.risk.words import words_of


class Wanted(Query, frozen=True, kw_only=True):
    """Which decisions are looked for."""

    person: Short = ""
    client: Short = ""
    outcome: Short = ""
    """`finish`, `refuse` or `abandoned` of an interaction; `challenge`, `enrol` or `deny` at any other gate."""
    limit: Limit = 50
    cursor: Short = ""


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """One decision as it was recorded."""

    id: str
    at: Moment
    gate: str
    outcome: str
    person: str
    client: str
    bundle_version: str
    required: tuple[str, ...]
    achieved: str
    because: tuple[str, ...]
    reasons: tuple[str, ...]
    latency_us: int


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One decision, and how it came about; null where its bundle is gone."""

    record: Decided
    why: Reasons | None


class Speaks(msgspec.Struct, frozen=True, kw_only=True):
    """One reason of an assessment: a positive weight speaks against the sign-in."""

    code: str
    words: str
    weight: float


class Risk(msgspec.Struct, frozen=True, kw_only=True):
    """How unusual a sign-in was."""

    decision: str
    person: str
    at: Moment
    band: str
    percentile: float
    score: float
    terms: tuple[Speaks, ...]
    signals: tuple[str, ...]
    feedback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionOperations:
    """The use cases behind the operations."""

    traits: TraitsTable

    def all(self) -> tuple[AdminOperation, ...]:
        """Return every operation."""
        return (
            AdminOperation(verb="GET", path="/decisions", name="listDecisions", summary="Decisions, newest first",
                           handle=self.found, action=access.CONSOLE, asks=Wanted, gives=Page[Decided]),
            AdminOperation(verb="GET", path="/decisions/{id}", name="explainDecision",
                           summary="One decision: every rule, every test and what it saw", handle=self.one,
                           action=access.CONSOLE, gives=Explained, refusals={"422": "its record cannot be read"}),
            AdminOperation(verb="GET", path="/decisions/{id}/risk", name="explainRisk",
                           summary="How unusual the sign-in behind a decision was", handle=self.risk,
                           action=access.CONSOLE, gives=Risk),
        )  # fmt: skip

    def found(self, call: Call) -> Page[Decided]:
        """Return decisions."""
        wanted: Wanted = call.query
        rows = decisions.list_page(
            call.tx,
            limit=wanted.limit + 1,
            before=behind(wanted.cursor, tuple[Moment, str], (decisions.END, "")),
            user_id=wanted.person or None,
            client_id=wanted.client or None,
            outcome=wanted.outcome or None,
        )
        return page(rows, wanted.limit, key=lambda each: (each.at, each.id), shown=_shown)

    def one(self, call: Call, *, id: str) -> Explained:
        """Return one, explained."""
        found = explained(call.tx, id, traits=self.traits)
        if found is None:
            raise NotFoundError
        return Explained(record=_shown(found.record), why=reasons_of(found.decision) if found.decision else None)

    def risk(self, call: Call, *, id: str) -> Risk:
        """Return the assessment behind one."""
        kept = risks.get(call.tx, id)
        if kept is None:
            raise NotFoundError
        seen = kept.assessment
        return Risk(
            decision=kept.decision_id,
            person=kept.user_id,
            at=kept.at,
            band=kept.band,
            percentile=seen.percentile,
            score=seen.score,
            terms=tuple(Speaks(code=each.code, words=words_of(each.code), weight=each.value) for each in seen.terms),
            signals=seen.signals,
            feedback=kept.feedback,
        )


def _shown(record: DecisionRecord) -> Decided:
    return Decided(
        id=record.id,
        at=record.at,
        gate=record.gate,
        outcome=record.outcome,
        person=record.user_id,
        client=record.client_id,
        bundle_version=record.bundle_version,
        required=record.required,
        achieved=record.achieved,
        because=record.because,
        reasons=record.reasons,
        latency_us=record.latency_us,
    )
