"""What a person may do at a step besides answering it: choose another way, be somebody else, consent, go back.

Which of these are open is decided by the step that the stored state leads to, never by the form (ACR-14). A choice that
is not open leads to where the interaction stands.
"""

from collections.abc import Mapping
from dataclasses import replace

from idp.login import consent, store
from idp.login.closing import Closing, LostError, event_of
from idp.login.model import Challenge, Consent, Finish, Interaction, Refuse
from idp.login.replies import Moved, Reply
from idp.login.standing import Judge, Standing
from idp.records.audit import store as audit
from idp.storage.tx import Tx

CHOICE = "choice"
"""The form field that names what was chosen; absent where the step's own question was answered."""
CHOOSE = "choose:"
NOT_YOU, ALLOW, DENY, LEAVE = "not_you", "allow", "deny", "leave"

_DENIED = Refuse(reason="not_allowed", error="access_denied")


class Choices:
    """Carries out what was chosen."""

    def __init__(self, *, judge: Judge, closing: Closing) -> None:
        self._judge = judge
        self._closing = closing

    def take(self, tx: Tx, standing: Standing, form: Mapping[str, str]) -> Reply:
        """Carry out the choice and return where it leads. Raises LostError when the interaction has moved."""
        choice = form.get(CHOICE, "")
        if choice == NOT_YOU and standing.situation.user is not None:
            return self._moved(tx, somebody_else(standing.situation.interaction))
        match standing.step:
            case Challenge(others=others) if choice.removeprefix(CHOOSE) in others:
                chosen = replace(standing.situation.interaction, chosen=choice.removeprefix(CHOOSE))
                return self._moved(tx, chosen)
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

    def finished_or_moved(self, tx: Tx, standing: Standing) -> Reply:
        """Finish where nothing more is asked, otherwise lead to the next page."""
        user = standing.situation.user
        if isinstance(standing.step, Finish) and user is not None:
            return self._closing.finish(tx, standing, user, is_stored=True)
        return Moved()

    def _allowed(self, tx: Tx, standing: Standing, scopes: tuple[str, ...]) -> Reply:
        situation = standing.situation
        if situation.user is not None:
            consent.remember(tx, situation, situation.user, scopes)
        audit.add(tx, event_of("consent.granted", situation, details={"scope": " ".join(scopes)}))
        interaction = situation.interaction
        allowed = saved(tx, replace(interaction, consented=(*interaction.consented, *scopes), prompted_consent=True))
        return self.finished_or_moved(tx, self._judge.stand(tx, allowed, situation.browser, now=situation.now))

    def _moved(self, tx: Tx, interaction: Interaction) -> Moved:
        saved(tx, interaction)
        return Moved()


def saved(tx: Tx, interaction: Interaction) -> Interaction:
    """Save by compare-and-swap and return it as it is now. Raises LostError."""
    if not store.save(tx, interaction):
        raise LostError
    return replace(interaction, version=interaction.version + 1)


def somebody_else(interaction: Interaction) -> Interaction:
    """Return the interaction as if nobody had been here: what the other one proved is not theirs (ACR-09)."""
    return replace(interaction, user_id=None, session_id=None, evidence=(), chosen="")
