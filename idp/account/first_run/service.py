"""The first owner: made by the set-up token, once, and signed in by the way that everybody takes.

The token is spent by one conditional write in the transaction that makes the person; where it is not good any more, or
somebody administers already, nothing is made (ADM-26). What the token proves is a ticket of that person, so that the
interaction which follows may set up a strong factor before anything else is allowed; no password but the chosen one is
ever known to anybody.
"""

from dataclasses import dataclass, field

from idp.account.beginning.service import Beginning
from idp.core.clock import Clock
from idp.core.errors import Rejected
from idp.core.tokens import Tokens, digest
from idp.login import tickets
from idp.login.begun import Asked
from idp.login.choosing import Chosen, NewPasswords, shortest_for
from idp.login.setting_up import person_of
from idp.login.spending import SpentError
from idp.login.standing import Judge
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.users import store as users
from idp.records.users.finding import store as finding
from idp.records.users.model import OWNER, User
from idp.records.users.tickets import store as setup_tokens
from idp.records.users.tickets.model import SETUP
from idp.storage.tx import Tx
from idp.web.current import Browser

PATH = "/setup"
CONSOLE = "/admin/"
_ADMINISTRATORS = frozenset({OWNER, "admin"})
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Who wants to be the first owner, and by which password."""

    username: str
    token: str = field(repr=False)
    chosen: Chosen = field(repr=False)


class FirstRun:
    """Makes the first owner."""

    def __init__(
        self, *, beginning: Beginning, judge: Judge, passwords: NewPasswords, clock: Clock, tokens: Tokens
    ) -> None:
        self._beginning = beginning
        self._judge = judge
        self._passwords = passwords
        self._clock = clock
        self._tokens = tokens

    def shortest(self, tx: Tx) -> int:
        """Return how many characters the password must have."""
        bundle = self._judge.bundle(tx)
        return shortest_for(bundle.password, (), bundle.traits)

    def may_bring(self, tx: Tx, token: str) -> bool:
        """Tell whether this is the token, and still good; nothing is used up, and a guess costs no hashing."""
        return setup_tokens.is_open(tx, digest(token), purpose=SETUP, now=self._clock.now())

    def choose(self, username: str, text: str, *, shortest: int) -> Chosen | Rejected:
        """Judge and hash the password, outside any transaction. Raises BusyError."""
        return self._passwords.choose(text, person=person_of(self._person(username)), shortest=shortest)

    def begin(self, tx: Tx, wanted: Wanted, *, here: Browser) -> Asked:
        """Use the token up, make the owner, and begin their first interaction. Raises SpentError: nothing may stay."""
        now = self._clock.now()
        is_spent = setup_tokens.consume(tx, digest(wanted.token), purpose=SETUP, now=now)
        if not is_spent or _is_administered(tx):
            raise SpentError
        user = self._person(wanted.username)
        users.add(tx, user)
        audit.add(tx, Event(name="setup.completed", at=now, user_id=user.id, address=here.address))
        ticket = tickets.issue(tx, user, self._judge.bundle(tx), tokens=self._tokens, now=now)
        bearer = self._beginning.look(tx, ticket)
        if isinstance(bearer, Rejected):  # pragma: no cover - it was drawn a line above
            raise SpentError
        return self._beginning.begin(tx, bearer, wanted.chosen, here=here, path=CONSOLE)

    def _person(self, username: str) -> User:
        return User(id=self._tokens.new_id(), username=username, created_at=self._clock.now(), roles=(OWNER,))


def _is_administered(tx: Tx) -> bool:
    """Tell whether somebody administers already, a page of people at a time; read once in the life of a token."""
    after = ""
    while page := finding.list_by_id(tx, limit=_PAGE, after=after):
        if any(user.disabled_at is None and not _ADMINISTRATORS.isdisjoint(user.roles) for user in page):
            return True
        after = page[-1].id
    return False
