"""The password page: what may be chosen, what must be proved first, and who is told (F1)."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.browser import Browser, Page
from tests.support.enrolment import address
from tests.support.outbox import messages
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider
from tests.support.relying_party import RelyingParty

PAGE = "/account/password"
NEW = "violet umbrellas forget nothing"


def opened(provider: Provider, browser: Browser, person: Person) -> Page:
    """Open the page, proving what it asks."""
    return browser.follow(person.answer(browser, browser.open(PAGE), provider.clock.now()))


def change(browser: Browser, page: Page, text: str, **fields: str) -> Page:
    return browser.submit(page, {"new_password": text, **fields}, button="password-submit")


def events(provider: Provider) -> set[str]:
    return provider.stored("audit_events", "name")


def test_password_is_changed(provider: Provider, browser: Browser, alice: Person, bank: RelyingParty) -> None:
    """The new one signs in, the old one does not, the mailbox is told, and everybody else is out."""
    other = provider.browser()
    provider.sign_in(other, bank, alice)
    done = browser.follow(change(browser, opened(provider, browser, alice), NEW))
    assert "strong" in done.document.text
    assert done.has("done")
    assert any("password was changed" in each.subject for each in messages(provider.database, to=address(alice)))
    assert "password.changed" in events(provider)
    assert other.open("/account/sessions").has("login-submit")
    assert browser.open("/account/sessions").status == 200
    stranger = provider.browser()
    page = stranger.open(bank.attempt().url)
    assert alice.identify(stranger, page).status == 422
    assert alice.identify(stranger, page, password=NEW).status == 303


def test_password_change_may_leave_the_others(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty
) -> None:
    """Whoever clears the box stays signed in elsewhere."""
    other = provider.browser()
    provider.sign_in(other, bank, alice)
    page = opened(provider, browser, alice)
    assert change(browser, page, NEW, end_others="").status == 303
    assert other.open("/account/sessions").status == 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Fill this in"),
        ("fourteenletter", "15 characters or more"),
        ("x" * 129, "128 characters or fewer"),
        ("password123456789", "among the first that are guessed"),
        ("alice@example.com", "names or addresses"),
    ],
)
def test_password_is_refused_with_the_reason(
    provider: Provider, browser: Browser, alice: Person, text: str, said: str
) -> None:
    """SES-27: the same page says what to do; the old password stays, and nobody is told of a change."""
    page = opened(provider, browser, alice)
    refused = change(browser, page, text)
    assert (refused.status, refused.has("problem")) == (422, True)
    assert said in refused.document.text
    assert not text or text not in refused.text
    assert messages(provider.database, to=address(alice)) == []
    assert "password.changed" not in events(provider)


def test_password_beside_another_factor_may_be_shorter(provider: Provider, browser: Browser, bob: Person) -> None:
    """8 characters where an app stands beside it."""
    page = opened(provider, browser, bob)
    assert "8 to 128 characters" in page.document.text
    assert change(browser, page, "kT9#xw2L").status == 303


def test_password_change_wants_the_present_one(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty
) -> None:
    """SES-27: a session alone changes nothing; after ten minutes the password is asked again, and a POST too."""
    page = opened(provider, browser, alice)
    provider.advance(601)
    asked = browser.follow(change(browser, page, NEW))
    assert asked.has("password")
    assert asked.url.rpartition("/")[0].endswith("/login")
    back = browser.follow(alice.give_password(browser, asked))
    assert back.url.endswith(PAGE)
    assert "password.changed" not in events(provider)
    assert change(browser, back, NEW).status == 303


def test_password_change_wants_the_second_factor(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """Whoever has an app proves it: a password alone does not make another."""
    provider.sign_in(browser, bank, bob)
    asked = browser.open(PAGE)
    assert asked.has("challenge-submit")
    assert asked.has("code")


def test_password_change_refuses_forms_of_others(provider: Provider, browser: Browser, alice: Person) -> None:
    """SES-05: without the token of this session nothing changes."""
    opened(provider, browser, alice)
    assert browser.post(PAGE, {"new_password": NEW}).status == 403
    assert "password.changed" not in events(provider)


def test_password_managers_find_the_page(browser: Browser) -> None:
    """/.well-known/change-password leads there, and no invented reason is shown."""
    assert browser.get("/.well-known/change-password").location.endswith(PAGE)


def test_password_page_says_only_words_of_its_own(provider: Provider, browser: Browser, alice: Person) -> None:
    """What stands in the address is no message."""
    opened(provider, browser, alice)
    assert not browser.get(f"{PAGE}?kept=%3Cb%3Ehello").has("done")


class _Lists(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = hashlib.sha1(NEW.encode()).hexdigest().upper()
        body = f"{found[5:]}:4".encode() if self.path.endswith(found[:5]) else b""
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def range_api() -> Iterator[str]:
    """A range API on loopback that knows one password."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Lists)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/range/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_breached_password_is_refused(make_provider: MakeProvider, range_api: str) -> None:
    """SES-27: what was found in a breach is refused."""
    provider = make_provider(IDP_HIBP_URL=range_api)
    browser, alice = provider.browser(), provider.people["alice"]
    page = opened(provider, browser, alice)
    assert "found in a breach" in change(browser, page, NEW).document.text
    assert change(browser, page, f"{NEW} and more").status == 303


def test_breached_password_is_refused_by_a_copy(make_provider: MakeProvider, tmp_path: Path) -> None:
    """SES-27: without any network."""
    found = hashlib.sha1(NEW.encode()).hexdigest().upper()
    (tmp_path / "00000.txt").write_text("")
    (tmp_path / f"{found[:5]}.txt").write_text(f"{found[5:]}:3\r\n")
    provider = make_provider(IDP_HIBP_URL=f"file://{tmp_path}")
    browser, alice = provider.browser(), provider.people["alice"]
    page = opened(provider, browser, alice)
    assert "found in a breach" in change(browser, page, NEW).document.text


def test_breach_list_that_is_down_stops_nobody(make_provider: MakeProvider) -> None:
    """It fails open, and the audit trail says so."""
    provider = make_provider(IDP_HIBP_URL="http://127.0.0.1:9/range/")
    browser, alice = provider.browser(), provider.people["alice"]
    assert change(browser, opened(provider, browser, alice), NEW).status == 303
    assert "password.breach_check.failed" in events(provider)
