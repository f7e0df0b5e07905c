"""Our own pages: guarded by the same engine, reached again after the proof."""

import pytest

from idp.login.returning import ReturnFinisher, resume_at
from tests.login.kit import Desk, give_code, identify, start


def test_own_pages_ask_whoever_is_not_signed_in(desk: Desk) -> None:
    """The person comes back to the page that was asked for."""
    browser = desk.browser()
    answer = identify(browser, browser.open("/account"), "alice")
    assert answer.header("location") == "/account"
    assert browser.open(answer.location).text == "the account of alice"


def test_own_pages_step_up_for_an_action(desk: Desk) -> None:
    """Only what is missing is asked, and the query of the page survives."""
    browser = desk.browser()
    identify(browser, start(browser), "bob")
    page = browser.open("/account/factors?sort=name")
    assert "Change sign-in methods" in page.document.text
    answer = give_code(browser, page, desk.code("bob"))
    assert answer.header("location") == "/account/factors?sort=name"
    assert browser.open(answer.location).text == "the factors of bob"


def test_own_pages_take_no_post_before_the_proof(desk: Desk) -> None:
    """A POST that lacks a proof does nothing; the page is reached again by GET (ENR-04)."""
    browser = desk.browser()
    identify(browser, start(browser), "bob")
    reply = browser.post("/account/factors?x=1&done=what-an-earlier-one-did", {})
    assert reply.status == 303
    answer = give_code(browser, browser.follow(reply), desk.code("bob"))
    assert answer.header("location") == "/account/factors?x=1"


def test_own_pages_send_home_whoever_may_not(desk: Desk) -> None:
    """Alice cannot reach the level: the reason is shown, then she is sent home."""
    browser = desk.browser()
    identify(browser, start(browser), "alice")
    page = browser.open("/account/factors")
    assert page.has("refuse-leave")
    assert browser.submit(page, button="refuse-leave").header("location") == "/account"


@pytest.mark.parametrize(
    "path",
    [
        "//e.test",
        "/\\e.test",
        "///e.test",
        "\\\\e.test",
        "https:e.test",
        "%09//e.test",
        "javascript:x",
        "//e%00",
        "//idp.test@e",
        "/\t/e.test",
        "/a b",
        "/a\\b",
        "/é",
        "",
    ],
)
def test_only_paths_of_ours_are_returned_to(path: str) -> None:
    """Whatever a URL was made to look like, the way leads home (SES-19)."""
    finisher = ReturnFinisher(home="/account")
    resume = resume_at(path, home="/account")
    assert finisher.finish(None, _Finishing(resume)).url == "/account"  # type: ignore[arg-type]


class _Finishing:
    def __init__(self, resume: str) -> None:
        self.resume = resume
