"""The interaction, for whoever shows it: begin, show, submit.

It carries out what `stand` says and decides nothing itself. The stored state chooses what a form may do: a form that
belongs to an earlier page is answered with where the interaction stands now, and counts nothing (ACR-14).
"""

from collections.abc import Callable, Sequence
from functools import partial

from idp.core.assurance import Evidence
from idp.core.clock import Clock
from idp.core.errors import NotFoundError
from idp.core.tokens import Tokens
from idp.factors.base import Credential, Verified
from idp.login import binding, store
from idp.login.assessing.assessor import Assessor
from idp.login.begun import Admitted, Asked, Begun, Finished, Unable
from idp.login.choices import CHOICE, LEAVE, Choices
from idp.login.choosing import NewPasswords
from idp.login.closing import Closing
from idp.login.establish import given_again
from idp.login.finisher import Doors
from idp.login.lost import LostError
from idp.login.model import Finish, Interaction
from idp.login.notices import Notices
from idp.login.preparing import Preparing
from idp.login.ready import made_ready
from idp.login.replies import Expired, Moved, Reply, Shown
from idp.login.returning import PURPOSE, resume_at
from idp.login.standing import Judge, Standing
from idp.login.starting import Starting
from idp.login.telling import Telling
from idp.login.trying import Form, Trying
from idp.policy.drafts import LOGIN_REQUIRED
from idp.policy.model import Demand, Outcome
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.current import Browser
from idp.web.transaction import Transactions

API = "api"
"""The gate of a decision that was asked for by a caller with a token."""
STATE = "state"
"""The form field that says to which version of the interaction a form belongs."""


class LoginService:
    """Leads people from a demand to its answer."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        judge: Judge,
        doors: Doors,
        telling: Telling,
        assessor: Assessor,
        clock: Clock,
        tokens: Tokens,
        passwords: NewPasswords,
    ) -> None:
        self._transactions = transactions
        self._judge = judge
        self._clock = clock
        self._tokens = tokens
        self._starting = Starting(judge=judge, assessor=assessor, clock=clock, tokens=tokens, admits=doors.admits)
        self._closing = Closing(
            finishers=doors.finishers, telling=telling, assessor=assessor, judge=judge, tokens=tokens
        )
        preparing = Preparing(sender=telling.sender, departures=doors.departures, tokens=tokens)
        self._choices = Choices(judge=self._judge, closing=self._closing, preparing=preparing)
        self._trying = Trying(
            transactions=transactions,
            judge=self._judge,
            choices=self._choices,
            assessor=assessor,
            lane=passwords.lane,
            notices=Notices(telling=telling),
            passwords=passwords,
            tokens=tokens,
        )

    def begin(self, tx: Tx, *, purpose: str, demand: Demand, resume: str, browser: Browser) -> Begun:
        """Start from what this browser's session holds; where that suffices, finish at once and store nothing."""
        secret = self._tokens.token()
        standing = self._starting.started(tx, purpose, demand, resume, browser, secret)
        user = standing.situation.user
        if isinstance(standing.step, Finish) and user is not None:
            return self._closing.finish(tx, standing, user, is_stored=False)
        if "none" in demand.prompt:
            if user is not None:
                self._closing.record(tx, standing, outcome="refuse")
            return Unable(error=standing.step.error, decision=standing.decision)
        return self._ask(tx, standing, browser, secret)

    def admit(
        self,
        tx: Tx,
        *,
        action: str,
        path: str,
        home: str,
        browser: Browser,
        further: tuple[str, ...] = (),
        replaces: str | None = None,
    ) -> Admitted | Asked:
        """Decide about one of our own pages by the same engine; where proofs are missing, ask for them first.

        What is simply allowed writes nothing; the page itself is asked for again after the interaction. `further` names
        what the person wishes to set up: that is asked before they come back. It takes the place of the credential it
        `replaces`, once it is proved.
        """
        secret = self._tokens.token()
        demand = Demand(client_id="", actions=(action,) if action else ())
        resume = resume_at(path, home=home)
        standing = self._starting.started(
            tx, PURPOSE, demand, resume, browser, secret, further=further, replaces=replaces
        )
        return self._admitted(tx, standing) or self._ask(tx, standing, browser, secret)

    def check(self, tx: Tx, *, action: str, browser: Browser) -> Admitted | Unable:
        """Decide as `admit` does, and ask nothing: for whoever is no page, and says what is missing."""
        demand = Demand(client_id="", actions=(action,) if action else ())
        standing = self._starting.started(tx, PURPOSE, demand, "", browser, self._tokens.token())
        missing = standing.step.error if standing.situation.user else LOGIN_REQUIRED
        return self._admitted(tx, standing) or Unable(error=missing, decision=standing.decision)

    def _admitted(self, tx: Tx, standing: Standing) -> Admitted | None:
        """Return who may see a page of ours; where something is missing, record that."""
        session, user = standing.situation.session, standing.situation.user
        if isinstance(standing.step, Finish) and user is not None and session is not None:
            return Admitted(user=user, session=session)
        if user is not None and standing.decision.outcome is not Outcome.ALLOW:
            self._closing.record(tx, standing, outcome=standing.decision.outcome)
        return None

    def vouch(
        self, tx: Tx, *, action: str, user: User, evidence: tuple[Evidence, ...], browser: Browser
    ) -> Unable | None:
        """Decide as `check` does by the proofs that a token was granted on; None: they suffice."""
        demand = Demand(client_id="", actions=(action,))
        standing = self._starting.resting(tx, user, evidence, purpose=API, demand=demand, browser=browser)
        if isinstance(standing.step, Finish):
            return None
        if standing.decision.outcome is not Outcome.ALLOW:
            self._closing.record(tx, standing, outcome=standing.decision.outcome)
        return Unable(error=standing.step.error, decision=standing.decision)

    def welcome(
        self,
        tx: Tx,
        *,
        user: User,
        proofs: Sequence[tuple[Credential, Verified]],
        path: str,
        home: str,
        browser: Browser,
        further: tuple[str, ...] = (),
        is_new: bool = False,
    ) -> Asked:
        """Begin an interaction about somebody who has just proved something on another page of ours.

        Nobody is let in by this: the interaction asks for whatever policy still wants, and leads to `path`.
        """
        secret = self._tokens.token()
        resume = resume_at(path, home=home)
        standing = self._starting.about(tx, user, proofs, resume, browser, secret, further=further, is_new=is_new)
        return self._ask(tx, standing, browser, secret)

    def join(
        self,
        tx: Tx,
        interaction_id: str,
        browser: Browser,
        *,
        user: User,
        proofs: Sequence[tuple[Credential, Verified]],
    ) -> Asked | None:
        """Let somebody who has just signed up go on in this browser's interaction; None: there is none of nobody's."""
        found = store.get(tx, interaction_id) if browser.login else None
        if found is None or not binding.secret_of(browser.login, found.browser_hash):
            return None
        opened = self._opened(tx, found)
        if not isinstance(opened, Interaction) or opened.user_id is not None:
            return None
        joined = self._starting.proving(tx, opened, user, proofs, browser, is_new=True)
        return Asked(interaction_id=joined.id, login_secret=browser.login) if store.save(tx, joined) else None

    def show(self, tx: Tx, interaction_id: str, browser: Browser) -> tuple[Reply, str]:
        """Return where the interaction stands, and its secret. Raises NotFoundError for any other browser."""
        interaction, secret = self._found(tx, interaction_id, browser)
        opened = self._opened(tx, interaction)
        return (Shown(standing=self._stand(tx, opened, browser)) if isinstance(opened, Interaction) else opened), secret

    def submit(self, interaction_id: str, browser: Browser, form: Form, *, admits: Callable[[str], None]) -> Reply:
        """Take what was posted; return where that leads. Raises NotFoundError for any other browser.

        `admits` is told the secret, and raises where the form is not of a page that was bound to it.
        """
        try:
            take = partial(self._taken, interaction_id, browser, form, admits)
            taken = self._transactions.run(take, durable=False)
            return taken() if callable(taken) else taken
        except LostError:
            return Moved()

    def _taken(
        self, interaction_id: str, browser: Browser, form: Form, admits: Callable[[str], None], tx: Tx
    ) -> Reply | Callable[[], Reply]:
        """Take a choice, or return what takes the attempt that was made: it is checked outside of any transaction."""
        interaction, secret = self._found(tx, interaction_id, browser)
        admits(secret)
        opened = self._opened(tx, interaction)
        if not isinstance(opened, Interaction):
            return self._over(opened, form)
        if form.get(STATE) != str(opened.version):
            return Moved()
        standing = self._stand(tx, opened, browser)
        return self._trying.taking(tx, standing, form) or self._choices.take(tx, standing, form)

    def _stand(self, tx: Tx, interaction: Interaction, browser: Browser) -> Standing:
        return self._judge.stand(tx, interaction, browser, now=self._clock.now(), is_asking=True)

    def _ask(self, tx: Tx, standing: Standing, browser: Browser, secret: str) -> Asked:
        """Keep the interaction, with what its first page needs prepared."""
        interaction = made_ready(standing, tokens=self._tokens) or standing.situation.interaction
        self._starting.keep(tx, interaction, browser)
        return Asked(interaction_id=interaction.id, login_secret=binding.joined(secret, browser.login))

    def _found(self, tx: Tx, interaction_id: str, browser: Browser) -> tuple[Interaction, str]:
        """Return the interaction and this browser's secret; whoever has none is not told whether it exists."""
        interaction = store.get(tx, interaction_id) if browser.login else None
        secret = binding.secret_of(browser.login, interaction.browser_hash) if interaction else ""
        if interaction is None or not secret:
            raise NotFoundError
        return interaction, secret

    def _opened(self, tx: Tx, interaction: Interaction) -> Interaction | Finished | Expired:
        now = self._clock.now()
        if interaction.finished_at is not None:
            answer = store.get_answer(tx, interaction.id, now)
            return given_again(tx, answer) if answer else Expired(interaction)
        return interaction if interaction.expires_at > now else Expired(interaction)

    def _over(self, opened: Finished | Expired, form: Form) -> Reply:
        """Answer what comes after the end: the same answer again, or the way back to the application."""
        if isinstance(opened, Expired) and form.get(CHOICE) == LEAVE and opened.interaction.finished_at is None:
            return Finished(answer=self._closing.refusal(opened.interaction, error="access_denied"))
        return opened
