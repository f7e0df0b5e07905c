"""Sessions at the end of an interaction: what two tabs do to each other, and what evidence is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.core.tokens import SystemTokens
from idp.login.choices import saved
from idp.login.establish import establish, merged
from idp.login.lost import LostError
from idp.login.model import Interaction
from idp.login.situation import Situation
from idp.policy.model import Demand
from idp.records.sessions import store as sessions
from idp.records.sessions.model import Session
from idp.storage.tx import Tx
from idp.web.current import Browser
from tests.login.kit import Desk, identify, start
from tests.support.builders import an_evidence


def signed_in(desk: Desk) -> tuple[Session, str]:
    """Return bob's session and the secret in his cookie."""
    browser = desk.browser()
    identify(browser, start(browser), "bob")
    return desk.sessions("bob")[0], browser.jar.get("session")


def situation(tx: Tx, desk: Desk, session: Session, secret: str) -> Situation:
    now = desk.clock.now()
    interaction = Interaction(
        id="i1",
        purpose="authorize",
        demand=Demand(client_id="bank"),
        resume="{}",
        browser_hash="none",
        created_at=now,
        expires_at=now + timedelta(minutes=15),
        user_id=session.user_id,
        session_id=session.id,
    )
    return Situation(
        interaction=interaction,
        browser=Browser(session=secret),
        bundle=desk.policies.live(tx),
        now=now,
        client=None,
        user=desk.people["bob"],
        session=session,
    )


def test_a_session_that_another_tab_raised_meanwhile_is_raised_again(desk: Desk) -> None:
    """Neither tab's proof is lost; `sid` stays."""
    session, secret = signed_in(desk)
    proof = an_evidence("totp", user=desk.people["bob"])
    with desk.database.transaction() as tx:
        stale = replace(session, version=session.version - 1)
        established = establish(
            tx, situation(tx, desk, stale, secret), desk.people["bob"], (proof,), tokens=SystemTokens()
        )
    (now,) = desk.sessions("bob")
    assert established.session_id == now.id == session.id
    assert {each.factor for each in now.evidence} == {"password", "totp"}


def test_a_session_that_ended_meanwhile_is_not_revived(desk: Desk) -> None:
    """A sign-out in another tab stands: what was proved since opens a session of its own (SES-11)."""
    session, secret = signed_in(desk)
    proof = an_evidence("totp", user=desk.people["bob"])
    with desk.database.transaction() as tx:
        sessions.end(tx, session.id, desk.clock.now())
        established = establish(
            tx, situation(tx, desk, session, secret), desk.people["bob"], (proof,), tokens=SystemTokens()
        )
    (now,) = desk.sessions("bob")
    assert established.session_id == now.id != session.id
    assert [each.factor for each in now.evidence] == ["totp"]


def test_a_session_that_never_settles_is_left_alone(desk: Desk) -> None:
    """Whoever loses every race starts afresh instead of trying for ever."""
    session, secret = signed_in(desk)
    with desk.database.transaction() as tx:
        unmatched = _NeverMatching(tx)
        established = establish(
            unmatched,  # type: ignore[arg-type]
            situation(tx, desk, session, secret),
            desk.people["bob"],
            (an_evidence("totp", user=desk.people["bob"]),),
            tokens=SystemTokens(),
        )
    assert established.session_id != session.id


class _NeverMatching:
    """A transaction in which somebody else is always faster at updating."""

    def __init__(self, tx: Tx) -> None:
        self.keys, self.one, self.all, self.made = tx.keys, tx.one, tx.all, tx.made
        self._tx = tx

    def change(self, statement: object, parameters: object = None) -> int:
        if getattr(statement, "is_update", False):
            return 0
        return self._tx.change(statement, parameters)  # type: ignore[arg-type]


def test_evidence_is_the_newest_of_each_credential() -> None:
    """A session does not grow with every proof."""
    old, new = an_evidence("password"), an_evidence("password")
    new = replace(new, at=new.at + timedelta(hours=1), interaction_id="later")
    other = an_evidence("totp")
    assert set(merged((old, other), (new,))) == {other, new}


def test_an_interaction_that_moved_is_not_saved(desk: Desk) -> None:
    """Compare-and-swap: the slower of two requests writes nothing."""
    session, secret = signed_in(desk)
    with desk.database.transaction() as tx, pytest.raises(LostError):
        saved(tx, situation(tx, desk, session, secret).interaction)
