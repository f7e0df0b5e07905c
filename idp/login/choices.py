"""What a person may do at a step besides answering it: choose another way, be somebody else, consent, go back.

Which of these are open is decided by the step that the stored state leads to, never by the form (ACR-14). A choice that
is not open leads to where the interaction stands.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from idp.login import consent, store
from idp.login.challenges import unseen_of, without
from idp.login.closing import Closing, event_of
from idp.login.lost import LostError
from idp.login.model import Challenge, Consent, Enroll, Finish, Interaction, Lengthen, Refuse
from idp.login.preparing import Preparing
from idp.login.replies import Moved, Reply
from idp.login.standing import Judge, Standing
from idp.records.audit import store as audit
from idp.records.users import store as users
from idp.records.users.model import User
from idp.storage.tx import Tx

CHOICE = "choice"
"""The form field that names what was chosen; absent where the step's own question was answered."""
CHOOSE = "choose:"
NOT_YOU, ALLOW, DENY, LEAVE = "not_you", "allow", "deny", "leave"
SEND, SKIP, BACK, SAVED, AGAIN, GO = "send", "skip", "back", "saved", "again", "go"
SECOND_STEP, LONGER = "second_step", "longer"

_DENIED = Refuse(reason="not_allowed", error="access_denied")


class Choices:
    """Carries out what was chosen."""

    def __init__(self, *, judge: Judge, closing: Closing, preparing: Preparing) -> None:
        self._judge = judge
        self._closing = closing
        self._preparing = preparing

    def take(self, tx: Tx, standing: Standing, form: Mapping[str, str]) -> Reply:
        """Carry out the choice and return where it leads. Raises LostError when the interaction has moved."""
        user = standing.situation.user
        if user is not None:
            users.hold(tx, user.id)
        return self._taken(tx, standing, user, form)

    def _taken(self, tx: Tx, standing: Standing, user: User | None, form: Mapping[str, str]) -> Reply:
        choice = form.get(CHOICE, "")
        anew = _anew(standing, choice)
        if anew is not None:
            return self._moved(tx, standing, anew)
        match standing.step:
            case Challenge() as step if user is not None:
                return self._at_challenge(tx, standing, step, user, choice)
            case Enroll() as step if user is not None:
                return self._at_enrolment(tx, standing, step, user, form)
            case Consent(scopes=scopes) if choice == ALLOW:
                return self._allowed(tx, standing, scopes)
            case Consent() if choice == DENY:
                audit.add(tx, event_of("consent.denied", standing.situation))
                return self._closing.refuse(tx, standing, _DENIED)
            case Refuse() if choice == LEAVE:
                return self._closing.refuse(tx, standing, standing.step)
            case Finish():
                return self.finished_or_moved(tx, standing)
        return Moved()

    def _at_challenge(self, tx: Tx, standing: Standing, step: Challenge, user: User, choice: str) -> Reply:
        if choice == SEND:
            return self._preparing.send(tx, standing, user)
        if choice == GO:
            return self._preparing.go(tx, standing, user)
        if choice == SKIP and step.skippable:
            return self.put_off(tx, standing, user)
        if choice.removeprefix(CHOOSE) in step.others:
            chosen = without(standing.situation.interaction, chosen=choice.removeprefix(CHOOSE))
            return self._moved(tx, standing, chosen)
        return Moved()

    def _at_enrolment(self, tx: Tx, standing: Standing, step: Enroll, user: User, form: Mapping[str, str]) -> Reply:
        if unseen_of(standing.situation.interaction):
            return self._seen(tx, standing) if form.get(CHOICE) == SAVED else Moved()
        match form.get(CHOICE, ""):
            case choice if choice.removeprefix(CHOOSE) in step.factors:
                chosen = without(standing.situation.interaction, chosen=choice.removeprefix(CHOOSE))
                return self._moved(tx, standing, chosen)
            case choice if choice == BACK:
                return self._moved(tx, standing, without(standing.situation.interaction))
            case choice if choice == SEND and step.factor:
                return self._preparing.begin(tx, standing, user, form)
            case choice if choice == GO and step.factor:
                return self._preparing.go(tx, standing, user)
            case choice if choice == SKIP and step.skippable:
                return self.put_off(tx, standing, user)
        return Moved()

    def put_off(self, tx: Tx, standing: Standing, user: User) -> Reply:
        """Go on without setting anything up. Raises LostError when the interaction has moved."""
        return self.go_on(tx, standing, self._preparing.skip(tx, standing, user))

    def _seen(self, tx: Tx, standing: Standing) -> Reply:
        """Go on: the person says that they have what took the place of what they used."""
        interaction = saved(tx, without(standing.situation.interaction))
        audit.add(tx, event_of("factor.recovery_code.acknowledged", standing.situation))
        return self.go_on(tx, standing, interaction)

    def go_on(self, tx: Tx, standing: Standing, interaction: Interaction) -> Reply:
        """Return where the interaction leads as it has been saved. Raises LostError."""
        situation = standing.situation
        return self.finished_or_moved(tx, self._judge.stand(tx, interaction, situation.browser, now=situation.now))

    def finished_or_moved(self, tx: Tx, standing: Standing) -> Reply:
        """Finish where nothing more is asked, otherwise lead to the next page."""
        user = standing.situation.user
        if isinstance(standing.step, Finish) and user is not None:
            return self._closing.finish(tx, standing, user, is_stored=True)
        self._preparing.prepare(tx, standing)
        return Moved()

    def _allowed(self, tx: Tx, standing: Standing, scopes: tuple[str, ...]) -> Reply:
        situation = standing.situation
        if situation.user is not None:
            consent.remember(tx, situation, situation.user, scopes)
        audit.add(tx, event_of("consent.granted", situation, details={"scope": " ".join(scopes)}))
        interaction = situation.interaction
        allowed = saved(tx, replace(interaction, consented=(*interaction.consented, *scopes), prompted_consent=True))
        return self.go_on(tx, standing, allowed)

    def again(self, tx: Tx, standing: Standing) -> Standing:
        """Return where the interaction stands with what its page must hold made anew. Raises LostError."""
        return self._preparing.prepare(tx, standing)

    def _moved(self, tx: Tx, standing: Standing, interaction: Interaction) -> Reply:
        return self.go_on(tx, standing, saved(tx, interaction))


def _anew(standing: Standing, choice: str) -> Interaction | None:
    """Return the interaction for somebody else, by another way or begun again; None where none of that was chosen."""
    interaction = standing.situation.interaction
    if choice == NOT_YOU and standing.situation.user is not None:
        return somebody_else(interaction)
    if choice == SECOND_STEP and isinstance(standing.step, Lengthen) and standing.step.may_enrol:
        return replace(without(interaction), further=standing.situation.enrollable)
    if choice == LONGER and standing.situation.may_lengthen:
        return replace(without(interaction), further=())
    if choice == AGAIN and standing.ceremonial is not None:
        return without(interaction, chosen=interaction.chosen)
    return None


def saved(tx: Tx, interaction: Interaction) -> Interaction:
    """Save by compare-and-swap and return it as it is now. Raises LostError."""
    if not store.save(tx, interaction):
        raise LostError
    return replace(interaction, version=interaction.version + 1)


def somebody_else(interaction: Interaction) -> Interaction:
    """Return the interaction as if nobody had been here: what the other one proved is not theirs (ACR-09)."""
    return replace(
        without(interaction),
        user_id=None,
        session_id=None,
        assessment=None,
        evidence=(),
        further=(),
        quietly=None,
        replaces=None,
        trust_wished_at=None,
        consented=(),
        prompted_consent=False,
    )
