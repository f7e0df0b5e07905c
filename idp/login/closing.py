"""How an interaction ends: everything is proved and the caller's finisher answers, or it is refused.

Everything that follows from an end is written in the caller's transaction: session, device, budgets, decision record,
audit, the finisher's own rows, and the answer, sealed, for a second click (architecture.md §3).
"""

from collections.abc import Mapping
from dataclasses import replace

from idp.core.assurance import Evidence
from idp.core.errors import PageError
from idp.core.tokens import Tokens
from idp.login import budget, store
from idp.login.assessing.assessor import Assessor
from idp.login.begun import Finished, kept
from idp.login.establish import establish, note_device
from idp.login.finisher import Finisher
from idp.login.model import Answer, Finishing, Interaction, Refuse
from idp.login.recovery.cooling import PERSON
from idp.login.situation import Situation, known_device
from idp.login.standing import Standing
from idp.policy.record import snapshot
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.cookies import CookieChange


class LostError(Exception):
    """Another request moved the interaction first: nothing of this one may stay."""


class Closing:
    """Ends interactions."""

    def __init__(self, *, finishers: Mapping[str, Finisher], assessor: Assessor, tokens: Tokens) -> None:
        self._finishers = finishers
        self._assessor = assessor
        self._tokens = tokens

    def finish(self, tx: Tx, standing: Standing, user: User, *, is_stored: bool) -> Finished:
        """Establish the session and return the finisher's answer. Raises LostError and PageError."""
        situation = standing.situation
        if situation.client is not None and situation.client.disabled_at is not None:
            # Between the first page and the last: its return address is not to be trusted any more.
            raise PageError("invalid_client", "This application is not known here.")
        proofs = tuple(proof for proof in situation.evidence if proof.interaction_id == situation.interaction.id)
        established = establish(tx, situation, user, proofs, tokens=self._tokens)
        noted = self._succeeded(tx, situation, user, proofs)
        cookies = (*established.cookies, *noted)
        decision_id = self.record(tx, standing, outcome="finish")
        device = next((change.value for change in noted), "")
        self._assessor.keep(tx, situation.interaction, decision_id=decision_id, proofs=proofs, device=device)
        finishing = Finishing(
            demand=situation.interaction.demand,
            resume=situation.interaction.resume,
            user_id=user.id,
            session_id=established.session_id,
            decision=standing.decision,
            decision_id=decision_id,
            now=situation.now,
        )
        answer = self._finishers[situation.interaction.purpose].finish(tx, finishing)
        if is_stored:
            self._store(tx, situation, replace(answer, cookies=kept(cookies)))
        return Finished(answer=answer, cookies=cookies)

    def refuse(self, tx: Tx, standing: Standing, step: Refuse) -> Finished:
        """End without what was asked for, and tell the caller so. Raises LostError."""
        situation = standing.situation
        details = {"reason": step.reason, "error": step.error}
        decision_id = self.record(tx, standing, outcome="refuse")
        self._assessor.keep(tx, situation.interaction, decision_id=decision_id, proofs=(), device="")
        audit.add(tx, event_of("login.refused", situation, decision_id=decision_id, details=details))
        answer = self.refusal(situation.interaction, error=step.error)
        self._store(tx, situation, answer)
        return Finished(answer=answer)

    def refusal(self, interaction: Interaction, *, error: str) -> Answer:
        """Return what the caller is told of an interaction that ended without what was asked for."""
        return self._finishers[interaction.purpose].refuse(interaction.resume, error=error)

    def record(self, tx: Tx, standing: Standing, *, outcome: str) -> str:
        """Keep the decision that an interaction ended in, and return the record's id (policy.md §4)."""
        situation, decision = standing.situation, standing.decision
        record = DecisionRecord(
            id=self._tokens.new_id(),
            at=situation.now,
            bundle_version=situation.bundle.version,
            gate=situation.interaction.purpose,
            interaction_id=situation.interaction.id,
            user_id=situation.user.id if situation.user else "",
            client_id=situation.interaction.demand.client_id,
            outcome=outcome,
            required=decision.required.acr,
            achieved=decision.assurance.level if decision.assurance else "",
            because=decision.because,
            reasons=decision.reasons,
            snapshot=snapshot(situation.facts(), situation.evidence, situation.enrolled, situation.now),
            latency_us=standing.latency_us,
        )
        decisions.add(tx, record)
        return record.id

    def _succeeded(
        self, tx: Tx, situation: Situation, user: User, proofs: tuple[Evidence, ...]
    ) -> tuple[CookieChange, ...]:
        """Note what only a fresh full success changes: budgets start anew, the device is known, the person was here.

        A budget is cleared by proofs of its own family alone: the right password never clears failed codes (OTP-07).
        """
        if not proofs:
            return ()
        families = budget.families_of((proof.factor for proof in proofs), situation.bundle.traits)
        budget.clear(tx, families, user, known_device(tx, user, situation.browser))
        users.note_sign_in(tx, user.id, situation.now)
        if len({proof.channel for proof in proofs}) > 1:
            self._proved_anew(tx, situation, user)
        return note_device(tx, situation, user, proofs, tokens=self._tokens)

    def _proved_anew(self, tx: Tx, situation: Situation, user: User) -> None:
        """Note what only proofs on two channels change: a report is answered, a reset password is the person's own."""
        if user.reported_at is not None:
            users.set_reported(tx, user.id, None)
        for credential in situation.credentials:
            if credential.factor == budget.PASSWORD and credential.channel != PERSON:
                credentials.set_channel(tx, credential.id, PERSON)

    def _store(self, tx: Tx, situation: Situation, answer: Answer) -> None:
        if not store.finish(tx, situation.interaction, answer, situation.now):
            raise LostError


def event_of(
    name: str,
    situation: Situation,
    *,
    user_id: str = "",
    decision_id: str = "",
    details: Mapping[str, str | int | bool] | None = None,
) -> Event:
    """Return an audit event about this interaction."""
    return Event(
        name=name,
        at=situation.now,
        user_id=user_id or (situation.user.id if situation.user else ""),
        client_id=situation.interaction.demand.client_id,
        session_id=situation.session.id if situation.session else "",
        interaction_id=situation.interaction.id,
        decision_id=decision_id,
        address=situation.browser.address,
        details=details or {},
    )
