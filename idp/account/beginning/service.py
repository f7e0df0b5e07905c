"""Beginning with a ticket.

The ticket names its person. Who has no password yet chooses one on this page; everything after that is the login's
interaction, which starts from the proofs given here and asks whatever policy still asks. A ticket replaces no password
and no factor: that is recovery's.
"""

from dataclasses import dataclass, field
from datetime import datetime

from idp.core.clock import Clock
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors import ticket
from idp.factors.base import Challenge, Credential, Verified
from idp.factors.ticket import Ticket
from idp.login import trusting
from idp.login.begun import Asked
from idp.login.choosing import Chosen, NewPasswords, note, shortest_for
from idp.login.notices import Notices
from idp.login.service import LoginService
from idp.login.setting_up import person_of
from idp.login.spending import SpentError, spend
from idp.login.standing import Judge
from idp.login.telling import Occasion
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.current import Browser

PATH = "/account/begin"
HOME = "/account/factors"
_PASSWORD = "password"
_NO_TICKET = Rejected(Reason.CODE_MISMATCH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Who brings a ticket that is good."""

    user: User
    credential: Credential = field(repr=False)
    verified: Verified = field(repr=False)
    has_password: bool
    shortest: int
    """Characters that a password of theirs must have."""
    wished: tuple[str, ...]
    """Factors of which one may be set up at once, the suggested one first; none where they have one."""


class Beginning:
    """Lets people begin."""

    def __init__(
        self,
        *,
        login: LoginService,
        judge: Judge,
        passwords: NewPasswords,
        notices: Notices,
        clock: Clock,
        tokens: Tokens,
        stopped: str,
    ) -> None:
        self._login = login
        self._judge = judge
        self._passwords = passwords
        self._notices = notices
        self._clock = clock
        self._tokens = tokens
        self._stopped = stopped

    def look(self, tx: Tx, typed: str) -> Bearer | Rejected:
        """Return whose ticket this is; nothing is used up. Whoever may not sign in has no ticket."""
        found = credentials.get(tx, ticket.credential_of(typed))
        user = users.get(tx, found.user_id) if found is not None and found.factor == ticket.NAME else None
        if found is None or user is None or user.disabled_at is not None:
            return _NO_TICKET
        verified = Ticket().verify(found, Challenge(), typed, now=self._clock.now())
        if isinstance(verified, Rejected):
            return verified
        held, bundle = credentials.list_credentials(tx, user.id), self._judge.bundle(tx, user.id)
        return Bearer(
            user=user,
            credential=found,
            verified=verified,
            has_password=any(each.factor == _PASSWORD for each in held),
            shortest=shortest_for(bundle.password, held, bundle.traits),
            wished=self._wished(tx, user, held),
        )

    def choose(self, bearer: Bearer, text: str) -> Chosen | Rejected:
        """Judge and hash the password they choose, outside any transaction. Raises BusyError."""
        return self._passwords.choose(text, person=person_of(bearer.user), shortest=bearer.shortest)

    def begin(self, tx: Tx, bearer: Bearer, chosen: Chosen | None, *, here: Browser, path: str = HOME) -> Asked:
        """Use the ticket up and begin. Raises SpentError when somebody was faster: nothing of it may stay."""
        now, user = self._clock.now(), bearer.user
        users.hold(tx, user.id)
        spend(tx, bearer.credential, bearer.verified, now)
        self._note(tx, "ticket.used", user, here, now)
        proofs = [(bearer.credential, bearer.verified)]
        if chosen is not None:
            proofs.append((self._kept(tx, user, chosen, here, now), Verified()))
            trusting.void_all(tx, user.id, why="password_changed", address=here.address, now=now)
            self._note(tx, "password.chosen", user, here, now)
            note(tx, chosen, user_id=user.id, at=now)
        return self._login.welcome(
            tx, user=user, proofs=proofs, path=path, home=self._stopped, browser=here, further=bearer.wished
        )

    def _kept(self, tx: Tx, user: User, chosen: Chosen, here: Browser, now: datetime) -> Credential:
        """Store the password, and tell whoever has been here without one. Raises SpentError where there is one by now.

        Somebody else may have been given their ticket, or have drawn it for himself (ENR-26).
        """
        if any(each.factor == _PASSWORD for each in credentials.list_credentials(tx, user.id)):
            raise SpentError
        made = chosen.new.bound(_PASSWORD, credential_id=self._tokens.new_id(), user_id=user.id, now=now)
        credentials.add_credential(tx, made)
        if user.signed_in_at is not None:
            self._notices.added(tx, user, made, Occasion.of(here, now))
        return made

    def _wished(self, tx: Tx, user: User, held: tuple[Credential, ...]) -> tuple[str, ...]:
        """Return what is offered to be set up, the suggested factor first; nothing where there is one.

        All that there is, as whoever begins may hold no device for what is suggested.
        """
        bundle, installed = self._judge.bundle(tx, user.id), self._judge.installed(tx, user.id)
        if any(bundle.traits[each.factor].kinds for each in held if each.factor != _PASSWORD):
            return ()
        offered = [name for name in bundle.order if name in installed.enrollable and bundle.traits[name].kinds]
        return tuple(sorted(offered, key=lambda name: name != bundle.enrolment.suggest))

    def _note(self, tx: Tx, name: str, user: User, here: Browser, now: datetime) -> None:
        audit.add(tx, Event(name=name, at=now, user_id=user.id, address=here.address))
