"""A longer password, where somebody else took away what stood beside it (NIST SP 800-63B-4 §3.1.1.2).

How long the present one is shows only while it is typed: whoever types one that may stand alone is asked for nothing,
whoever does not chooses another in the same interaction, or sets up a second step. The credential stays the same, so
that what it has proved here stays proved.
"""

from collections.abc import Mapping

from idp.core.errors import Rejected
from idp.factors.base import Credential
from idp.factors.password_rules import normal
from idp.login import ending, trusting
from idp.login import store as interactions
from idp.login.budget import PASSWORD
from idp.login.challenges import without
from idp.login.choices import Choices, saved
from idp.login.choosing import Chosen, NewPasswords, note
from idp.login.closing import event_of
from idp.login.model import Lengthen
from idp.login.notices import Notices
from idp.login.replies import Moved, Reply, Shown
from idp.login.setting_up import person_of
from idp.login.situation import Situation
from idp.login.standing import Judge, Standing
from idp.login.telling import Occasion
from idp.records.audit import store as audit
from idp.records.sessions import store as sessions
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.transaction import Transactions

FIELD = "new_password"
"""The form field in which it is typed."""


class Lengthening:
    """Takes longer passwords."""

    def __init__(
        self, *, transactions: Transactions, judge: Judge, choices: Choices, passwords: NewPasswords, notices: Notices
    ) -> None:
        self._transactions = transactions
        self._judge = judge
        self._choices = choices
        self._passwords = passwords
        self._notices = notices

    def take(self, standing: Standing, step: Lengthen, user: User, form: Mapping[str, str]) -> Reply:
        """Keep what was chosen, and go on. Raises BusyError, and LostError when the interaction has moved."""
        chosen = self._passwords.choose(form.get(FIELD, ""), person=person_of(user), shortest=step.shortest)
        if isinstance(chosen, Rejected):
            return Shown(standing=standing, rejected=chosen)
        return self._transactions.run(lambda tx: self._settled(tx, standing.situation, user, chosen))

    def _settled(self, tx: Tx, before: Situation, user: User, chosen: Chosen) -> Reply:
        users.hold(tx, user.id)
        # Whoever held the person until now may have set up what a password alone may not change.
        standing = self._judge.stand(tx, before.interaction, before.browser, now=before.now)
        if not isinstance(standing.step, Lengthen):
            return Moved()
        situation = standing.situation
        interaction = saved(tx, without(situation.interaction))
        present = next(each for each in situation.credentials if each.factor == PASSWORD)
        credentials.replace_material(tx, present.id, chosen.new.material)
        users.set_methods_taken(tx, user.id, None)
        # Whoever has given the old one and is still on the way in begins again (FLT-31).
        interactions.expire_all(tx, user.id, situation.now, but=interaction.id)
        address, here = situation.browser.address, situation.session.id if situation.session else ""
        elsewhere = [each for each in sessions.list_sessions(tx, user.id) if each.id != here]
        ending.sign_out(tx, elsewhere, address=address, now=situation.now)
        trusting.void_all(tx, user.id, why="password_changed", address=address, now=situation.now)
        audit.add(tx, event_of("password.changed", situation))
        note(tx, chosen, user_id=user.id, at=situation.now)
        self._notices.password_changed(tx, user, Occasion.of(situation.browser, situation.now))
        return self._choices.go_on(tx, standing, interaction)


def note_given(tx: Tx, situation: Situation, user: User, credential: Credential, answer: str) -> None:
    """Note that the password somebody has just given may stand alone, where that was in doubt."""
    if user.methods_taken_at is None or credential.factor != PASSWORD:
        return
    if len(normal(answer)) >= situation.bundle.password.alone:
        users.set_methods_taken(tx, user.id, None)
