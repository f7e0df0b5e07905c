"""Where a person is signed in, and how they end it: one session, or all of them.

Whoever ends a session here does so because it may not be theirs: what was granted in it ends too, offline access
included. Whoever ends another one has just proved who they are (`ACTION`, ASVS 5.0 7.5.2); leaving asks for nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from idp.account.methods import Actor
from idp.core.clock import Clock
from idp.login import ending, trusting
from idp.login.policies import Policies
from idp.login.situation import is_live
from idp.records.sessions import store as sessions
from idp.records.sessions.model import Session
from idp.records.users.model import User
from idp.storage.tx import Tx

ACTION = "account.sessions"
"""What ending a session elsewhere must be admitted to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """One place where a person is signed in."""

    id: str
    user_agent: str
    address: str
    created_at: datetime
    seen_at: datetime
    is_here: bool


class SignedInDevices:
    """Shows and ends sessions."""

    def __init__(self, *, policies: Policies, clock: Clock) -> None:
        self._policies = policies
        self._clock = clock

    def all_of(self, tx: Tx, user: User, here: Session) -> tuple[SignedIn, ...]:
        """Return where this person is signed in, the browser in front of them first."""
        found = (_signed_in(session, here) for session in self._live(tx, user))
        return tuple(sorted(found, key=lambda each: not each.is_here))

    def end(self, tx: Tx, actor: Actor, session_id: str) -> None:
        """End one of this person's sessions; that of somebody else is not among them."""
        self._end(tx, actor, *(each for each in self._live(tx, actor.user) if each.id == session_id))

    def end_others(self, tx: Tx, actor: Actor) -> None:
        """Sign out everywhere but here; of the browsers that are trusted, this one stays so."""
        now = self._clock.now()
        trusting.void_others(tx, actor.user.id, actor.here, why="signed_out_elsewhere", now=now)
        self._end(
            tx, actor, *(each for each in sessions.list_sessions(tx, actor.user.id) if each.id != actor.session.id)
        )

    def end_all(self, tx: Tx, actor: Actor) -> None:
        """Sign out everywhere, here too; no browser is trusted any longer either."""
        now = self._clock.now()
        trusting.void_all(tx, actor.user.id, why="signed_out_everywhere", address=actor.address, now=now)
        self._end(tx, actor, *sessions.list_sessions(tx, actor.user.id))

    def _live(self, tx: Tx, user: User) -> tuple[Session, ...]:
        bundle, now = self._policies.for_person(tx, user.id), self._clock.now()
        return tuple(
            session for session in sessions.list_sessions(tx, user.id) if is_live(session, bundle=bundle, now=now)
        )

    def _end(self, tx: Tx, actor: Actor, *found: Session) -> None:
        ending.sign_out(tx, found, address=actor.address, now=self._clock.now())


def _signed_in(session: Session, here: Session) -> SignedIn:
    return SignedIn(
        id=session.id,
        user_agent=session.user_agent,
        address=session.address,
        created_at=session.created_at,
        seen_at=session.seen_at,
        is_here=session.id == here.id,
    )
