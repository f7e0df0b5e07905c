"""What a page needs before it can be answered: a code that was sent, a factor begun to be set up; or it is put off.

Only a POST prepares: a page reached by GET alone sends nothing and makes nothing (F3). What is prepared, the count of
what was sent, the message and the move of the interaction are one transaction: whoever loses the interaction's version
sends nothing.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors.abilities import Decoupled, Redirected
from idp.factors.base import Challenge as FactorChallenge
from idp.factors.base import Credential, Enrollable, Factor
from idp.login import approving, postage, quietly, ready, sender, setting_up
from idp.login.away import Departures
from idp.login.challenges import keeping, without
from idp.login.closing import event_of
from idp.login.lost import LostError
from idp.login.messages import Asked, Errand, code_letter
from idp.login.model import Challenge, Enroll, Interaction
from idp.login.replies import Away, Moved, Reply, Shown
from idp.login.sender import Sender
from idp.login.standing import Standing
from idp.login.store import save
from idp.policy.putting_off import ask_of
from idp.records.audit import store as audit
from idp.records.delivery.outages import store as outages
from idp.records.users.enrolment import store as enrolment
from idp.records.users.model import User
from idp.storage.tx import Tx

Form = Mapping[str, str]


class Preparing:
    """Prepares pages."""

    def __init__(self, *, sender: Sender, departures: Departures, tokens: Tokens) -> None:
        self._sender = sender
        self._departures = departures
        self._tokens = tokens

    def send(self, tx: Tx, standing: Standing, user: User) -> Reply:
        """Send what the challenge sends. Raises LostError when the interaction has moved."""
        factor, situation = standing.factor, standing.situation
        credential = _latest(standing, factor) if factor is not None else None
        if factor is None or factor.sending is None or credential is None:
            return Moved()
        person = setting_up.person_of(user)
        begun = factor.begin(person, credential, tokens=self._tokens, now=situation.now)
        asked = keeping(situation.interaction, begun, factor=factor.name, credential_id=credential.id)
        return self._put(tx, standing, factor, begun, asked)

    def begin(self, tx: Tx, standing: Standing, user: User, form: Form) -> Reply:
        """Begin to set up the factor that was taken, with what was typed. Raises LostError."""
        step, situation = standing.step, standing.situation
        factor = standing.installed.enrollable_factor(step.factor) if isinstance(step, Enroll) else None
        if factor is None:
            return Moved()
        begun = setting_up.begin(factor, user, form, situation.credentials, tokens=self._tokens, now=situation.now)
        if isinstance(begun, Rejected):
            typed = {factor.typed_name: form.get(factor.typed_name, "")[:MAX_TYPED]}
            return Shown(standing=standing, rejected=begun, typed=typed)
        return self._put(tx, standing, factor, begun, keeping(situation.interaction, begun, factor=factor.name))

    def go(self, tx: Tx, standing: Standing, user: User) -> Reply:
        """Send the browser to whoever checks this factor, with a request of its own. Raises LostError."""
        factor, situation, person = standing.factor, standing.situation, setting_up.person_of(user)
        if factor is None or not isinstance(factor, Redirected):
            return Moved()
        held, enrols = _latest(standing, factor), standing.installed.enrollable_factor(factor.name)
        if isinstance(standing.step, Challenge) and held is not None:
            begun: FactorChallenge | Rejected = factor.begin(person, held, tokens=self._tokens, now=situation.now)
        elif isinstance(standing.step, Enroll) and enrols is not None:
            held = None
            begun = enrols.enroll_begin(person, typed="", tokens=self._tokens, now=situation.now)
        else:
            return Moved()
        if isinstance(begun, Rejected):
            return Shown(standing=standing, rejected=begun)
        credential_id = held.id if held is not None else ""
        asked = _save(tx, keeping(situation.interaction, begun, factor=factor.name, credential_id=credential_id))
        audit.add(tx, event_of(f"challenge.{factor.name}.sent", situation))
        return Away(self._departures.to(tx, factor, begun, person=person, interaction=asked, now=situation.now))

    def skip(self, tx: Tx, standing: Standing, user: User) -> Interaction:
        """Put off what may be put off. Raises LostError."""
        situation, rule = standing.situation, standing.decision.enrol_rule
        interaction = without(situation.interaction)
        if rule:
            asked = ask_of(rule, situation.enrol_asks)
            if not enrolment.consume_skip(tx, user.id, rule, situation.now, seen=asked.skips if asked else 0):
                raise LostError
            interaction = replace(interaction, enrolled_here=True)
        if isinstance(standing.step, Enroll) and standing.step.is_quiet:
            quietly.leave_alone(tx, situation, user)
        audit.add(tx, event_of("enrol.skipped", situation, details={"rule": rule}))
        return _save(tx, replace(interaction, further=(), quietly=None, replaces=None))

    def prepare(self, tx: Tx, standing: Standing) -> Standing:
        """Make what the next page must hold, and return where the interaction stands with it. Raises LostError."""
        made = ready.made_ready(standing, tokens=self._tokens)
        return standing if made is None else standing.holding(_save(tx, made))

    def _put(
        self, tx: Tx, standing: Standing, factor: Factor | Enrollable, begun: FactorChallenge, asked: Interaction
    ) -> Reply:
        """Send what the challenge sends, within limits, and put it."""
        situation = standing.situation
        user_id = situation.user.id if situation.user else ""
        if begun.message is not None and factor.sending is not None:
            down = outages.list_open(tx, situation.now).get(begun.message.channel)
            if down is not None:
                return Shown(standing=standing, rejected=Rejected(Reason.FACTOR_UNAVAILABLE, down))
            pace = sender.pace_key(asked)
            refused = sender.reserve(tx, begun.message, factor.sending, user_id=user_id, pace=pace, now=situation.now)
            if refused is None and isinstance(factor, Decoupled):
                refused = approving.ask(tx, situation, factor, begun.message)
            if refused is None and begun.message.channel in postage.CHANNELS:
                refused = postage.reserve(
                    tx,
                    begun.message.to,
                    user_id=user_id,
                    is_proven=bool(asked.challenge_credential),
                    budgets=situation.bundle.budgets,
                    now=situation.now,
                )
            if refused is not None:
                return Shown(standing=standing, rejected=refused)
            self._send(tx, standing, begun)
        _save(tx, asked)
        return Moved()

    def _send(self, tx: Tx, standing: Standing, begun: FactorChallenge) -> None:
        message, situation = begun.message, standing.situation
        if message is None:
            return
        audit.add(tx, event_of(f"challenge.{message.channel}.sent", situation))
        if isinstance(standing.factor, Decoupled):
            approving.announce(tx, situation, standing.factor, message, self._sender)
            return
        texts = self._sender.texts(situation.browser.wants, *situation.interaction.demand.ui_locales)
        self._sender.send(
            tx,
            channel=message.channel,
            to=message.to,
            purpose=message.purpose,
            letter=code_letter(message, texts, host=self._sender.host, asked=_asked(standing)),
            now=situation.now,
            expires_at=message.expires_at,
        )


MAX_TYPED = 64
"""Characters of what was typed that are shown again."""


def _latest(standing: Standing, factor: Factor) -> Credential | None:
    """Return the credential of this factor that was used last, else the newest."""
    held = [credential for credential in standing.situation.credentials if credential.factor == factor.name]
    return max(held, key=lambda credential: credential.used_at or credential.created_at, default=None)


def _asked(standing: Standing) -> Asked:
    """Return who asks for a code, and for what."""
    situation = standing.situation
    first = Errand.GO_ON if situation.session is not None else Errand.SIGN_IN
    assessed = situation.interaction.assessment
    return Asked(
        errand=Errand.SET_UP if isinstance(standing.step, Enroll) else first,
        at=situation.now,
        client=situation.client.client_name if situation.client else "",
        address=situation.browser.address,
        country=assessed.visit.country if assessed else "",
        user_agent=situation.browser.user_agent,
    )


def _save(tx: Tx, interaction: Interaction) -> Interaction:
    if not save(tx, interaction):
        raise LostError
    return replace(interaction, version=interaction.version + 1)
