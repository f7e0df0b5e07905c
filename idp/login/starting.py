"""How an interaction starts: from what this browser's session holds, or from proofs given on another page of ours."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from idp.core.assurance import Evidence
from idp.core.clock import Clock
from idp.core.tokens import Tokens, digest
from idp.factors.base import Credential, Verified
from idp.login import another, store
from idp.login.assessing.assessor import Assessor
from idp.login.attempts import proved
from idp.login.model import INTERACTION_TTL, Interaction
from idp.login.returning import PURPOSE
from idp.login.situation import gather, is_live
from idp.login.standing import Judge, Standing
from idp.policy.model import Demand
from idp.records.sessions import store as sessions
from idp.records.sessions.model import Session
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.current import Browser


class Starting:
    """Starts interactions; nothing is stored before `keep`."""

    def __init__(
        self, *, judge: Judge, assessor: Assessor, clock: Clock, tokens: Tokens, admits: Callable[[str], None]
    ) -> None:
        """`admits` counts interactions by address, and raises TooManyError where there are too many."""
        self._judge = judge
        self._assessor = assessor
        self._clock = clock
        self._tokens = tokens
        self._admits = admits

    def keep(self, tx: Tx, interaction: Interaction, browser: Browser) -> None:
        """Keep one that something must be asked in. Raises TooManyError, so that no address fills the table."""
        self._admits(browser.address)
        store.add(tx, interaction, browser)

    def started(
        self,
        tx: Tx,
        purpose: str,
        demand: Demand,
        resume: str,
        browser: Browser,
        secret: str,
        *,
        further: tuple[str, ...] = (),
        replaces: str | None = None,
    ) -> Standing:
        """Return where a new interaction stands that starts from this browser's session."""
        now = self._clock.now()
        session = self._session(tx, demand, browser, now)
        bundle = self._judge.bundle(tx, session.user_id if session else None)
        interaction = Interaction(
            id=self._tokens.new_id(),
            purpose=purpose,
            demand=demand,
            resume=resume,
            browser_hash=digest(secret),
            created_at=now,
            expires_at=now + INTERACTION_TTL,
            evidence=session.evidence if session else (),
            user_id=session.user_id if session else None,
            session_id=session.id if session else None,
            further=further,
            replaces=replaces,
        )
        interaction = self._assessor.continued(tx, interaction, browser, bundle=bundle, now=now)
        completing = self._judge.completing
        gathered = gather(tx, interaction, browser, bundle=bundle, completing=completing, now=now, session=session)
        return self._judge.judge(tx, gathered)

    def resting(
        self, tx: Tx, user: User, evidence: tuple[Evidence, ...], *, purpose: str, demand: Demand, browser: Browser
    ) -> Standing:
        """Return where somebody stands by proofs that they gave elsewhere: nobody is there to give another."""
        now = self._clock.now()
        interaction = Interaction(
            id=self._tokens.new_id(),
            purpose=purpose,
            demand=demand,
            resume="",
            browser_hash="",
            created_at=now,
            expires_at=now,
            evidence=evidence,
            user_id=user.id,
        )
        return self._judge.stand(tx, interaction, browser, now=now)

    def about(
        self,
        tx: Tx,
        user: User,
        proofs: Sequence[tuple[Credential, Verified]],
        resume: str,
        browser: Browser,
        secret: str,
        *,
        further: tuple[str, ...] = (),
        is_new: bool = False,
    ) -> Standing:
        """Return where a new interaction stands about somebody who has just given these proofs."""
        now = self._clock.now()
        fresh = Interaction(
            id=self._tokens.new_id(),
            purpose=PURPOSE,
            demand=Demand(client_id=""),
            resume=resume,
            browser_hash=digest(secret),
            created_at=now,
            expires_at=now + INTERACTION_TTL,
            further=further,
        )
        proving = self.proving(tx, fresh, user, proofs, browser, is_new=is_new)
        return self._judge.stand(tx, proving, browser, now=now)

    def proving(
        self,
        tx: Tx,
        interaction: Interaction,
        user: User,
        proofs: Sequence[tuple[Credential, Verified]],
        browser: Browser,
        *,
        is_new: bool = False,
    ) -> Interaction:
        """Return the interaction with these proofs, and with what is unusual about who gave them.

        Whoever is new here is offered another way to sign in once nothing more is asked (E1).
        """
        now = self._clock.now()
        for credential, verified in proofs:
            interaction = proved(interaction, user, credential, verified, now)
        shares = self._judge.bundle(tx, user.id).risk
        assessed = self._assessor.assessed(tx, interaction, browser, user=user, shares=shares, now=now)
        if not is_new:
            return assessed
        situation = self._judge.stand(tx, assessed, browser, now=now).situation
        return replace(assessed, further=another.offered(situation))

    def _session(self, tx: Tx, demand: Demand, browser: Browser, now: datetime) -> Session | None:
        """Return this browser's live session, unless the demand names somebody else (`id_token_hint`)."""
        session = sessions.get_by_secret(tx, digest(browser.session)) if browser.session else None
        if session is None or not is_live(session, bundle=self._judge.bundle(tx, session.user_id), now=now):
            return None
        return session if demand.subject in (None, session.user_id) else None
