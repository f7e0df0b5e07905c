"""What was left half-way: noted once an interaction has ended with nothing come of it (policy.md §4).

Done in batches beside the requests, so that no sign-in pays for it. It is judged as at the moment it ended, by what the
browser told when it began. A page with a refusal that was read and closed is a refusal. Who left before a first proof
is nobody, and nothing is kept of them.
"""

from dataclasses import replace
from datetime import timedelta

from idp.core.clock import Clock
from idp.core.tokens import Tokens
from idp.login import store
from idp.login.closing import event_of, refused
from idp.login.model import Challenge, Consent, Enroll, Interaction, Lengthen, Refuse, Step
from idp.login.recording import Recorder
from idp.login.standing import Judge
from idp.policy.replay import ABANDONED
from idp.records.audit import store as audit
from idp.storage.tx import Tx
from idp.web.current import Browser

BATCH = 50
"""Interactions a transaction: each is judged anew, which takes as long as a page."""
GRACE = timedelta(minutes=1)
"""So far may the clocks of two nodes be apart, and neither notes what the other still lets finish."""


class Abandoning:
    """Notes what was left."""

    def __init__(self, *, judge: Judge, clock: Clock, tokens: Tokens) -> None:
        self._judge = judge
        self._clock = clock
        self._recorder = Recorder(judge=judge, tokens=tokens)

    def once(self, tx: Tx) -> int:
        """Note one batch; return how many there were."""
        now = self._clock.now()
        left = store.list_left(tx, now - GRACE, limit=BATCH)
        for interaction, browser in left:
            if store.consume_left(tx, interaction.id, now):
                self._note(tx, interaction, browser)
        return len(left)

    def _note(self, tx: Tx, interaction: Interaction, browser: Browser) -> None:
        standing = self._judge.stand(tx, interaction, browser, now=interaction.expires_at, is_asking=True)
        situation, step = standing.situation, standing.step
        if situation.user is None:
            return
        is_refusal = isinstance(step, Refuse)
        decision_id = self._recorder.record(tx, standing, outcome="refuse" if is_refusal else ABANDONED)
        event = refused(situation, step) if isinstance(step, Refuse) else event_of(name_of(step), situation)
        audit.add(tx, replace(event, decision_id=decision_id))


def name_of(step: Step) -> str:
    """Return the name of the event that says at which step somebody left."""
    match step:
        case Challenge(factor=factor):
            name = f"challenge.{factor}.abandoned"
        case Enroll(factor=factor):
            name = f"enrol.{factor}.abandoned" if factor else "enrol.abandoned"
        case Lengthen():
            name = "enrol.abandoned"
        case Consent():
            name = "consent.abandoned"
        case _:
            name = "login.abandoned"
    return name
