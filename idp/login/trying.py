"""Takes one answer through reserve, verify and settle, each in its own place (architecture.md §4)."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

from msgspec import structs

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors.base import Ceremonial, Credential, Rotation
from idp.login import (
    approving,
    attempts,
    budget,
    lengthening,
    postage,
    setting_up,
    spending,
    store,
    trusting,
    verification,
)
from idp.login.assessing.assessor import Assessor
from idp.login.attempts import Attempt
from idp.login.challenges import keeping, without
from idp.login.choices import CHOICE, Choices, saved
from idp.login.choosing import NewPasswords
from idp.login.discovering import discover
from idp.login.lane import Lane
from idp.login.lengthening import Lengthening
from idp.login.model import Challenge, Enroll, Identify, Interaction, Lengthen
from idp.login.notices import Notices
from idp.login.quietly import FIELD
from idp.login.replies import Moved, Reply, Shown
from idp.login.setting_up import Passed
from idp.login.situation import Situation
from idp.login.standing import Judge, Standing
from idp.records.users import store as users
from idp.records.users.model import MAX_TYPED, User
from idp.storage.tx import Tx
from idp.web.transaction import Transactions

Form = Mapping[str, str]


_NO_GUESS = frozenset({Reason.NOTHING_TYPED, Reason.SCRIPTS_NEEDED})
"""What was refused without having been an attempt at anything."""


class Trying:
    """Takes answers."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        judge: Judge,
        choices: Choices,
        assessor: Assessor,
        lane: Lane,
        notices: Notices,
        passwords: NewPasswords,
        tokens: Tokens,
    ) -> None:
        self._transactions = transactions
        self._judge = judge
        self._choices = choices
        self._assessor = assessor
        self._lane = lane
        self._notices = notices
        self._lengthening = Lengthening(
            transactions=transactions, judge=judge, choices=choices, passwords=passwords, notices=notices
        )
        self._tokens = tokens

    def taking(self, tx: Tx, standing: Standing, form: Form) -> Callable[[], Reply] | None:
        """Return what takes the answer in a form, outside of any transaction; None when the form is a choice."""
        step, user = standing.step, standing.situation.user
        if isinstance(step, Lengthen) and user is not None and not form.get(CHOICE):
            return partial(self._lengthening.take, standing, step, user, form)
        attempt = self.attempt(tx, standing, form)
        return None if attempt is None else partial(self.take, standing, attempt, form)

    def attempt(self, tx: Tx, standing: Standing, form: Form) -> Attempt | None:
        """Return the attempt that a form makes at this step; None when the form is a choice, or nothing is asked."""
        situation, factor, discovers = standing.situation, standing.factor, standing.ceremonial
        if form.get(CHOICE):
            return None
        if isinstance(standing.step, Identify) and discovers is not None and discovers.input_name in form:
            return discover(tx, situation, form, discovers)
        if factor is None:
            return None
        match standing.step:
            case Identify():
                attempt = attempts.identify(tx, situation, form, factor, completing=self._judge.completing)
                offers = discovers.name if discovers is not None and form.get(FIELD) == "1" else ""
                return replace(attempt, quietly=offers)
            case Challenge() if situation.user is not None:
                asked = attempts.challenge(situation, situation.user, form, factor, ceremonial=discovers)
                decoupled = standing.installed.decoupled.get(factor.name)
                return asked if decoupled is None else approving.answered(tx, asked, situation, decoupled)
            case Enroll(factor=name, is_quiet=is_quiet) if situation.user is not None:
                enrols = standing.installed.enrollable_factor(name)
                begun = attempts.enrolment(situation, situation.user, form, factor, enrols) if enrols else None
                return replace(begun, is_quiet=is_quiet) if begun else None
        return None

    def take(self, standing: Standing, attempt: Attempt, form: Form) -> Reply:
        """Take the answer and return where it leads. Raises BusyError, and LostError when the interaction has moved."""
        result = self._checked(standing.situation, attempt)
        if isinstance(result, Rejected):
            return self._rejected(standing, attempt, result, form)
        user = attempt.user
        if user is None or standing.situation.interaction.demand.subject not in (None, user.id):
            return self._rejected(standing, attempt, Rejected(Reason.NOT_ALLOWED), form)
        try:
            return self._transactions.run(
                lambda tx: self._settled(tx, standing, attempt, user, result), durable=result.is_for_good
            )
        except spending.SpentError as error:
            return self._rejected(standing, attempt, Rejected(error.reason), form)
        except setting_up.TakenError:
            return self._rejected(standing, attempt, Rejected(Reason.ALREADY_ENROLLED), form)

    def _checked(self, situation: Situation, attempt: Attempt) -> Passed | Rejected:
        if not attempt.answer and not attempt.may_be_empty:
            return Rejected(Reason.SCRIPTS_NEEDED if isinstance(attempt.factor, Ceremonial) else Reason.NOTHING_TYPED)
        with self._lane.place() if attempt.factor.is_slow else nullcontext():
            refused = self._transactions.run(lambda tx: attempts.reserve(tx, attempt, situation), durable=False)
            if refused is not None:
                return refused
            if attempt.factor.is_slow:
                return self._lane.run(lambda: attempts.verify(attempt, tokens=self._tokens, now=situation.now))
            return attempts.verify(attempt, tokens=self._tokens, now=situation.now)

    def _settled(self, tx: Tx, standing: Standing, attempt: Attempt, user: User, passed: Passed) -> Reply:
        """Keep what was proved and go on. Raises SpentError when what it uses up was used up already."""
        before = standing.situation
        now = before.now
        # The person first, as everybody does who changes what is theirs: two orders would be a deadlock.
        users.hold(tx, user.id)
        rotation = _rotation(standing, attempt, tokens=self._tokens)
        moved = _moved_on(standing, attempt, user, passed)
        interaction = saved(tx, self._assessed(tx, before, user, _showing(moved, passed.credential, rotation)))
        setting_up.store(tx, standing, passed)
        spending.spend(tx, passed.credential, passed.verified, now, interaction_id=interaction.id)
        postage.note_used(tx, passed.credential, now)
        lengthening.note_given(tx, before, user, passed.credential, attempt.answer)
        verification.confirm(tx, interaction, before.bundle.traits)
        setting_up.rotate(tx, passed.credential, rotation)
        if attempt.key and not attempt.may_be_empty:  # what was not counted gives nothing back
            budget.give_back(tx, attempt.key)
        attempts.note(tx, attempt, before, "passed")
        self._notices.passed(tx, before, user, passed)
        _untrust(tx, before, user, passed)
        after = self._judge.stand(tx, interaction, before.browser, now=now)
        return self._choices.finished_or_moved(tx, after)

    def _assessed(self, tx: Tx, situation: Situation, user: User, interaction: Interaction) -> Interaction:
        shares = situation.bundle.risk
        return self._assessor.assessed(tx, interaction, situation.browser, user=user, shares=shares, now=situation.now)

    def _rejected(self, standing: Standing, attempt: Attempt, rejected: Rejected, form: Form) -> Reply:
        """Note the failure and show where the interaction stands now: a lock may have closed the way."""
        before = standing.situation
        with self._transactions.open(durable=False) as tx:
            outcome = "locked" if rejected.reason is Reason.TOO_MANY_ATTEMPTS else "failed"
            attempts.note(tx, attempt, before, outcome, rejected.reason)
            if rejected.reason not in _NO_GUESS:
                account = attempt.user.id if attempt.user else attempt.key
                self._assessor.note_failure(tx, account, before.browser, before.now)
            after = self._judge.stand(tx, before.interaction, before.browser, now=before.now)
            if attempt.is_quiet and attempt.user is not None:
                return self._choices.put_off(tx, standing, attempt.user)
            if attempt.factor.name in standing.installed.ceremonial:
                # Any answer uses the challenge up; somebody faster has moved on with it (WAN-02).
                spent = without(before.interaction, chosen=before.interaction.chosen)
                if not store.save(tx, spent):
                    return Moved()
                after = self._choices.again(tx, after.holding(structs.replace(spent, version=spent.version + 1)))
        kept = "username" if isinstance(after.step, Identify) else setting_up.LABEL
        typed = {kept: form.get(kept, "")[:MAX_TYPED]}
        return Shown(standing=after, rejected=rejected, typed=typed, tried=attempt.factor.name)


def _untrust(tx: Tx, before: Situation, user: User, passed: Passed) -> None:
    """Void what was copied, and once a factor is new what was trusted before it."""
    trusting.void_reused(tx, user, before.browser, before.now)
    if passed.new is not None:
        trusting.void_all(tx, user.id, why="factors_changed", address=before.browser.address, now=before.now)


def _rotation(standing: Standing, attempt: Attempt, *, tokens: Tokens) -> Rotation | None:
    """Return what takes the place of the answer that is being used up, if anything does."""
    factor = standing.installed.rotated.get(attempt.factor.name)
    return factor.rotate(tokens=tokens) if factor is not None and attempt.enrols is None else None


def _showing(interaction: Interaction, credential: Credential, rotation: Rotation | None) -> Interaction:
    """Return the interaction with that on its next page."""
    if rotation is None:
        return interaction
    return keeping(
        interaction, rotation.challenge, factor=credential.factor, credential_id=credential.id, is_unseen=True
    )


def _moved_on(standing: Standing, attempt: Attempt, user: User, passed: Passed) -> Interaction:
    """Return the interaction with what was proved; being shown a list proves nothing."""
    before = standing.situation
    if attempt.is_quiet:
        return structs.replace(without(before.interaction), quietly=None)
    if attempt.may_be_empty:
        interaction = without(before.interaction)
    else:
        interaction = attempts.proved(before.interaction, user, passed.credential, passed.verified, before.now)
    if attempt.wishes_trust:
        interaction = structs.replace(interaction, trust_wished_at=before.now)
    if attempt.enrols:
        return setting_up.settled(standing, interaction, attempt.enrols)
    return structs.replace(interaction, quietly=attempt.quietly) if attempt.quietly else interaction
