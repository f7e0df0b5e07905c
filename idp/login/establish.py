"""The browser's session after a full success: raised when it is this person's, new when it is not.

The cookie's secret is new at each rise, while `sid` stays (SES-01). Nothing calls this before an interaction finishes:
the proofs of an unfinished one live in it alone (ACR-12).
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from idp.core.assurance import Evidence, Property
from idp.core.tokens import Tokens, digest
from idp.login import ending
from idp.login.begun import Finished, again
from idp.login.model import Answer
from idp.login.situation import Situation, is_live
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.devices import store as devices
from idp.records.devices.model import KnownDevice
from idp.records.sessions import store as sessions
from idp.records.sessions.model import Session
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.cookies import CookieChange, Jar

TOUCHED_EVERY = timedelta(seconds=60)
"""A session's last use is noted no more often than this."""
_MOST_RACES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Established:
    """The session that stands now, and what the browser must be told."""

    session_id: str
    cookies: tuple[CookieChange, ...] = ()


def establish(tx: Tx, situation: Situation, user: User, proofs: tuple[Evidence, ...], *, tokens: Tokens) -> Established:
    """Bring this browser's session to what has been proved now. `proofs` are those given in the interaction."""
    current = _current(tx, situation)
    if current is not None and current.user_id == user.id:
        if not proofs:
            return _touched(tx, situation, current)
        raised = _raised(tx, situation, current, proofs, tokens=tokens)
        if raised is not None:
            return raised
    elif current is not None:
        ending.end(tx, current, situation.now)
        audit.add(tx, _event("session.ended", situation, current.user_id, current.id))
    return _started(tx, situation, user, proofs, tokens=tokens)


def note_device(
    tx: Tx,
    situation: Situation,
    user: User,
    proofs: tuple[Evidence, ...],
    *,
    known: KnownDevice | None,
    tokens: Tokens,
) -> str:
    """Remember this browser as one on which this person has fully succeeded, and return by what it is known.

    `known` is what is remembered of it already.
    """
    secret = situation.browser.device or tokens.token()
    factors = dict(known.factors if known else ()) | {proof.credential_id: proof.at for proof in proofs}
    devices.note(
        tx,
        KnownDevice(
            secret_hash=digest(secret),
            user_id=user.id,
            first_seen_at=known.first_seen_at if known else situation.now,
            seen_at=situation.now,
            factors=tuple(factors.items()),
        ),
    )
    return secret


def merged(held: tuple[Evidence, ...], proofs: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Return the evidence of a session after these proofs: the newest of each factor, credential and properties."""
    newest: dict[tuple[str, str, frozenset[Property]], Evidence] = {}
    for proof in sorted((*held, *proofs), key=lambda proof: proof.at):
        newest[proof.factor, proof.credential_id, proof.properties] = proof
    return tuple(newest.values())


def is_good(tx: Tx, change: CookieChange) -> bool:
    """Tell whether a cookie still opens what it opened; only those of sessions cease to."""
    if change.jar is not Jar.SESSION:
        return True
    session = sessions.get_by_secret(tx, digest(change.value))
    return session is not None and session.ended_at is None


def _current(tx: Tx, situation: Situation) -> Session | None:
    """Return the live session of this browser, whoever it is of."""
    if not situation.browser.session:
        return None
    secret_hash = digest(situation.browser.session)
    if situation.session is not None and situation.session.secret_hash == secret_hash:
        return situation.session
    session = sessions.get_by_secret(tx, secret_hash)
    return session if session and is_live(session, bundle=situation.bundle, now=situation.now) else None


def _touched(tx: Tx, situation: Situation, session: Session) -> Established:
    if situation.now - session.seen_at >= TOUCHED_EVERY:
        sessions.touch(tx, session.id, situation.now)
    return Established(session_id=session.id)


def _raised(
    tx: Tx, situation: Situation, session: Session, proofs: tuple[Evidence, ...], *, tokens: Tokens
) -> Established | None:
    """Raise the session; another tab may be raising it too, so read again whoever was faster. None: it has ended."""
    secret = tokens.token()
    found: Session | None = session
    for _ in range(_MOST_RACES):
        if found is None or not is_live(found, bundle=situation.bundle, now=situation.now):
            return None
        if sessions.raise_(
            tx,
            found.id,
            version=found.version,
            secret_hash=digest(secret),
            evidence=merged(found.evidence, proofs),
            user_agent=situation.browser.user_agent,
            address=situation.browser.address,
            now=situation.now,
        ):
            audit.add(tx, _event("session.raised", situation, found.user_id, found.id))
            return Established(session_id=found.id, cookies=(CookieChange(jar=Jar.SESSION, value=secret),))
        found = sessions.get(tx, found.id)
    return None


def _started(tx: Tx, situation: Situation, user: User, proofs: tuple[Evidence, ...], *, tokens: Tokens) -> Established:
    secret = tokens.token()
    session = Session(
        id=tokens.new_id(),
        secret_hash=digest(secret),
        user_id=user.id,
        evidence=merged((), proofs),
        created_at=situation.now,
        seen_at=situation.now,
        expires_at=situation.now + situation.bundle.sessions.absolute,
        user_agent=situation.browser.user_agent,
        address=situation.browser.address,
    )
    sessions.add(tx, session)
    audit.add(tx, _event("session.started", situation, user.id, session.id))
    return Established(session_id=session.id, cookies=(CookieChange(jar=Jar.SESSION, value=secret),))


def _event(name: str, situation: Situation, user_id: str, session_id: str) -> Event:
    return Event(
        name=name,
        at=situation.now,
        user_id=user_id,
        session_id=session_id,
        client_id=situation.interaction.demand.client_id,
        interaction_id=situation.interaction.id,
        address=situation.browser.address,
    )


def given_again(tx: Tx, answer: Answer) -> Finished:
    """Give an answer again, without a session cookie that has been replaced since: it would throw a newer out."""
    finished = again(answer)
    return replace(finished, cookies=tuple(change for change in finished.cookies if is_good(tx, change)))
