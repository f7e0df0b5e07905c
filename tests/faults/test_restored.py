"""A backup that was restored: what was used up or ended since it was made does not come back to life."""

import threading
from collections.abc import Iterator

import pytest

from idp.core.tokens import SystemTokens
from idp.factors.backup_code import BackupCode
from idp.factors.base import Challenge, Cost, NewCredential
from idp.factors.base import Person as Known
from idp.records.sessions import store as sessions
from idp.records.users import store as users
from idp.records.users.backup_codes import store as backup_codes
from idp.records.users.credentials import store as credentials
from tests.faults.deeds import fresh_codes, stage
from tests.support.afterwards import OFFLINE, is_signed_in, may_refresh, refresh
from tests.support.browser import Browser
from tests.support.builders import a_session
from tests.support.enrolment import held
from tests.support.mortal import Mortals
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.recovery import reset_link
from tests.support.waiting import until

MFA = "urn:idp:acr:mfa"
SESSIONS = 10_000
Stage = tuple[Provider, Mortals]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def set_up(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A node that stays and processes that run commands, on each database."""
    with stage(request, request.param) as made:
        may_refresh(made[0], "bank")
        yield made


def give_list(provider: Provider, person: Person) -> None:
    """Give somebody a list of backup codes."""
    factor, known, now = (
        BackupCode(cost=Cost(memory_kib=8, passes=1)),
        Known(id=person.id, username="x"),
        provider.clock.now(),
    )
    drawn = factor.enroll_begin(known, typed="", tokens=SystemTokens(), now=now)
    assert isinstance(drawn, Challenge)
    new = factor.enroll_finish(known, drawn, "", now=now)
    assert isinstance(new, NewCredential)
    credential = new.bound("backup_code", credential_id=SystemTokens().new_id(), user_id=person.id, now=now)
    with provider.database.transaction() as tx:
        credentials.add_credential(tx, credential)
        backup_codes.add_codes(tx, credential.id, new.code_hashes)


def test_flt_49_nothing_from_before_counts(set_up: Stage) -> None:
    """FLT-49: sessions, grants, half-done sign-ins, links and lists of before are void; people themselves are not."""
    provider, processes = set_up
    bob, carol, browser, half = provider.people["bob"], provider.people["carol"], provider.browser(), provider.browser()
    attempt = provider.bank.attempt(scope=OFFLINE)
    reply = provider.bank.tokens(attempt, bob.answer(browser, browser.open(attempt.url), provider.clock.now())).reply
    assert provider.bank.userinfo(reply["access_token"]).status == 200
    later, code = provider.code(browser, provider.bank)
    waiting = half.follow(bob.identify(half, half.open(provider.bank.attempt(acr_values=MFA).url)))
    link = reset_link(provider, carol)
    give_list(provider, carol)
    assert processes.run("maintenance", "restored", "--yes").code == 0
    assert not is_signed_in(provider, browser)
    assert refresh(provider.bank, reply["refresh_token"]).json()["error"] == "invalid_grant"
    assert provider.bank.redeem(later, code).json()["error"] == "invalid_grant"
    assert provider.bank.userinfo(reply["access_token"]).status == 401
    fresh_codes(provider, bob)
    with provider.nothing_issued():
        assert not half.follow(bob.give_code(half, waiting, bob.code(provider.clock.now()))).location
    assert provider.browser().open(link).status == 410
    assert held(provider, carol, "backup_code") == []
    assert provider.count("backup_codes") == 0
    fresh_codes(provider, bob)
    assert provider.sign_in(provider.browser(), provider.bank, bob, acr_values=MFA).acr == MFA
    assert "maintenance.restored" in provider.stored("audit_events", "name")


class Traffic:
    """Somebody who signs in again and again, and is always let in."""

    def __init__(self, provider: Provider, person: Person) -> None:
        self._provider, self._person = provider, person
        self.done: list[Browser] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Traffic":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_over.is_set():
            browser = self._provider.browser()
            page = browser.open(self._provider.bank.attempt().url)
            if self._person.identify(browser, page).location.startswith(self._provider.bank.redirect_uri):
                self.done.append(browser)


def test_flt_32_ten_thousand_sessions_end_beside_traffic(set_up: Stage) -> None:
    """FLT-32: batch by batch; interrupted and run again all are dead, and whoever comes meanwhile is served."""
    provider, processes = set_up
    alice = provider.people["alice"]
    idle = processes.run("maintenance", "restored", "--yes").steps
    with provider.database.transaction() as tx:
        user = users.get(tx, alice.id)
        assert user is not None
        for _ in range(SESSIONS):
            sessions.add(tx, a_session(user))
    with Traffic(provider, provider.people["alice"]) as traffic:
        assert processes.run("maintenance", "restored", "--yes", dies_before=idle + 40).is_killed
        assert SESSIONS > left(provider) > 0, "it was stopped half-way"
        before = len(traffic.done)
        assert processes.run("maintenance", "restored", "--yes").code == 0
        until(lambda: len(traffic.done) >= before + 3)
    assert is_signed_in(provider, traffic.done[-1]), "who came afterwards stays"
    assert 0 < left(provider) <= len(traffic.done)


def left(provider: Provider) -> int:
    """Return how many sessions are open."""
    with provider.database.transaction() as tx:
        return len(sessions.list_sessions(tx, provider.people["alice"].id))
