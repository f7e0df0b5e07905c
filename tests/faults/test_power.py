"""Power is lost: what somebody was told is done stays done, wherever they did it.

SQLite alone: there the answer waits for the log to be flushed (`idp.storage.wal`). Checked is that all that was written
before the last answer was in the log when it was flushed last.
"""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.attacks import test_d_trust_doors as doors
from tests.attacks.test_d_trust_doors import signed_in
from tests.attacks.test_d_trusted import bob, challenged, provider, trust, trusting
from tests.flows import test_deletion, test_losing, test_sign_up, test_ticket
from tests.support.account import NEW, call
from tests.support.browser import Browser
from tests.support.enrolment import address, held
from tests.support.outbox import newest_code
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider
from tests.support.recovery import report, report_link

__all__ = ["bob", "provider", "trusting"]

Deed = Callable[[Provider, Browser, Person], object]


class Log:
    """The log beside the database, and what was in it when it was flushed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._kept = b""
        monkeypatch.setattr(os, "fdatasync", self._flush)

    def _flush(self, handle: int) -> None:
        self._kept = os.pread(handle, 100_000_000, 0)

    def holds_all(self, provider: Provider) -> bool:
        """Tell whether nothing was written since it was flushed."""
        file = Path(urlsplit(provider.environ["IDP_DATABASE_URL"]).path[1:])
        return file.with_name(f"{file.name}-wal").read_bytes() == self._kept


@pytest.fixture
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Log:
    if request.config.getoption("--database") == "postgresql":
        pytest.skip("PostgreSQL flushes by itself")
    return Log(monkeypatch)


def sign_out_elsewhere(provider: Provider, browser: Browser, bob: Person) -> None:
    assert browser.submit(browser.open("/account/sessions"), button="end-others").status == 303


def sign_out_everywhere(provider: Provider, browser: Browser, bob: Person) -> None:
    assert browser.submit(browser.open("/account/sessions"), button="end-all").status == 303


def take_back_what_was_allowed(provider: Provider, browser: Browser, bob: Person) -> None:
    page = browser.open("/account/applications")
    assert browser.submit(page, button="disconnect-bank").status == 303


def trust_browsers_no_longer(provider: Provider, browser: Browser, bob: Person) -> None:
    (device,) = provider.stored("trusted_devices", "id")
    assert browser.submit(browser.open("/account/devices"), button=f"untrust-{device}").status == 303


def delete_the_account(provider: Provider, browser: Browser, bob: Person) -> None:
    page = browser.open(test_deletion.PAGE)
    assert test_deletion.delete(browser, page, bob.username).status == 303


def say_it_was_somebody_else(provider: Provider, browser: Browser, bob: Person) -> None:
    assert call(browser, "PUT", "/password", {"new_password": NEW, "end_others": False}).status == 204
    assert report(provider.browser(), report_link(provider, address(bob))).status == 200


def say_that_all_is_lost(provider: Provider, browser: Browser, bob: Person) -> None:
    assert test_losing.confirm(provider.browser(), test_losing.lost_link(provider, bob)).status == 200


def sign_in_with_a_backup_code(provider: Provider, browser: Browser, bob: Person) -> None:
    page = browser.follow(browser.submit(browser.open("/account/factors"), button="add-backup_code"))
    code = page.document.text_of("code").split()[0]
    browser.submit(page, button="enrol-submit")
    assert held(provider, bob, "backup_code") != []
    other = provider.browser()
    page = challenged(provider, other, bob)
    page = other.follow(other.submit(page, button="choose-backup_code"))
    assert other.submit(page, {"code": code}, button="challenge-submit").location.startswith("https://rp1.test")


@pytest.mark.parametrize(
    "deed",
    [
        doors.password_page,
        doors.password_by_script,
        doors.reset_and_stay_signed_in,
        doors.another_app_in_its_place,
        doors.device_that_approves,
        doors.method_removed_by_script,
        doors.mailbox_page,
        doors.mailbox_by_script,
        sign_out_elsewhere,
        sign_out_everywhere,
        take_back_what_was_allowed,
        trust_browsers_no_longer,
        delete_the_account,
        say_it_was_somebody_else,
        say_that_all_is_lost,
        sign_in_with_a_backup_code,
    ],
    ids=lambda deed: deed.__name__,
)
def test_what_a_person_was_told_is_done_stays_done(
    provider: Provider, bob: Person, trusting: Browser, log: Log, deed: Deed
) -> None:
    """A thief's session, a lost app, an old password, a used code: nothing that was ended is back with the power."""
    browser = signed_in(provider, bob)
    deed(provider, browser, bob)
    assert log.holds_all(provider)


def test_ticket_that_was_used_stays_used(provider: Provider, log: Log) -> None:
    """E8: with the password that was chosen by it."""
    erin, browser = provider.add_nobody_yet("erin"), provider.browser()
    page = test_ticket.bring(browser, provider.ticket(erin))
    assert test_ticket.choose(browser, page).status == 303
    assert log.holds_all(provider)


def test_whoever_signed_up_exists(make_provider: MakeProvider, log: Log) -> None:
    """E11: and the code that proved their mailbox is used."""
    provider = make_provider(policy="default", is_fresh=True, IDP_SIGN_UP="open")
    browser = provider.browser()
    page = test_sign_up.begun(browser, browser.open(test_sign_up.PAGE))
    assert test_sign_up.finish(browser, page, newest_code(provider.database, test_sign_up.FRIDA)).status == 303
    assert log.holds_all(provider)


def test_sign_in_by_an_app_waits_for_no_disk(provider: Provider, bob: Person, log: Log) -> None:
    """Its code is past before a machine is up again, and the exchange of the authorization code flushes it anyway."""
    assert trust(provider, provider.browser(), bob).location.startswith("https://rp1.test")
    assert not log.holds_all(provider)
