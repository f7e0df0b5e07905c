"""How an interaction ends: everything is proved and the caller's finisher answers, or it is refused.

Everything that follows from an end is written in the caller's transaction: session, device, budgets, decision record,
audit, the finisher's own rows, and the answer, sealed, for a second click (architecture.md §3).
"""

from collections.abc import Mapping
from dataclasses import replace

from idp.core.errors import PageError
from idp.core.tokens import Tokens
from idp.login import store
from idp.login.assessing.assessor import Assessor
from idp.login.begun import Finished, kept
from idp.login.establish import establish
from idp.login.finisher import Finisher
from idp.login.lost import LostError
from idp.login.model import Answer, Finishing, Interaction, Refuse
from idp.login.recording import Recorder
from idp.login.situation import Situation
from idp.login.standing import Judge, Standing
from idp.login.succeeding import Succeeding
from idp.login.telling import Telling
from idp.login.trusting import known_part
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.users.model import User
from idp.storage.tx import Tx


class Closing:
    """Ends interactions."""

    def __init__(
        self, *, finishers: Mapping[str, Finisher], telling: Telling, assessor: Assessor, judge: Judge, tokens: Tokens
    ) -> None:
        self._finishers = finishers
        self._succeeding = Succeeding(telling=telling, tokens=tokens)
        self._assessor = assessor
        self._recorder = Recorder(judge=judge, tokens=tokens)
        self._tokens = tokens

    def finish(self, tx: Tx, standing: Standing, user: User, *, is_stored: bool) -> Finished:
        """Establish the session and return the finisher's answer. Raises LostError and PageError."""
        situation = standing.situation
        if situation.client is not None and situation.client.disabled_at is not None:
            # Between the first page and the last: its return address is not to be trusted any more.
            raise PageError("invalid_client", "This application is not known here.")
        proofs = tuple(proof for proof in situation.evidence if proof.interaction_id == situation.interaction.id)
        established = establish(tx, situation, user, proofs, tokens=self._tokens)
        noted = self._succeeding.note(tx, standing, user, proofs)
        cookies = (*established.cookies, *noted)
        decision_id = self.record(tx, standing, outcome="finish")
        device = next((known_part(change.value) for change in noted), "")
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
        decision_id = self.record(tx, standing, outcome="refuse")
        self._assessor.keep(tx, situation.interaction, decision_id=decision_id, proofs=(), device="")
        audit.add(tx, replace(refused(situation, step), decision_id=decision_id))
        answer = self.refusal(situation.interaction, error=step.error)
        self._store(tx, situation, answer)
        return Finished(answer=answer)

    def refusal(self, interaction: Interaction, *, error: str) -> Answer:
        """Return what the caller is told of an interaction that ended without what was asked for."""
        return self._finishers[interaction.purpose].refuse(interaction.resume, error=error)

    def record(self, tx: Tx, standing: Standing, *, outcome: str) -> str:
        """Keep the decision that an interaction ended in, and return the record's id (policy.md §4)."""
        return self._recorder.record(tx, standing, outcome=outcome)

    def _store(self, tx: Tx, situation: Situation, answer: Answer) -> None:
        if not store.finish(tx, situation.interaction, answer, situation.now):
            raise LostError


def refused(situation: Situation, step: Refuse) -> Event:
    """Return the event of a refusal."""
    return event_of("login.refused", situation, details={"reason": step.reason, "error": step.error})


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
