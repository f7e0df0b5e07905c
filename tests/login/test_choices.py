"""Choices: another way, nothing more to do, and forms that choose what is not open."""

from datetime import datetime

import pytest

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors.base import Challenge, Credential, Person, Verified
from idp.records.users.credentials import store as credentials
from tests.login.kit import MFA, ROOT, Desk, Make, give_code, identify, start, told
from tests.login.test_policies import publish
from tests.support.browser import Browser, Page


class FixedCode:
    """A factor of the tests' own, in one class, as any new factor would be: it knows one code."""

    name = "voice"
    input_name = "code"
    is_slow = False
    sending = None

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:
        return Challenge()

    def verify(
        self, credential: Credential | None, challenge: Challenge, answer: str, *, now: datetime
    ) -> Verified | Rejected:
        is_right = credential is not None and answer == credential.material.decode()
        return Verified() if is_right else Rejected(Reason.CODE_MISMATCH)


def with_list(make: Make) -> tuple[Desk, Browser, Page]:
    """Return a browser at bob's code page, where he also has a list of codes."""
    desk = make(own=(FixedCode(),))
    for number, code in enumerate(("AAAA", "BBBB")):
        credential = Credential(
            id=f"line-{number}",
            user_id=desk.people["bob"].id,
            factor="voice",
            channel="list",
            created_at=desk.clock.now(),
            material=code.encode(),
            label="My desk",
        )
        with desk.database.transaction() as tx:
            credentials.add_credential(tx, credential)
    browser = desk.browser()
    return desk, browser, browser.follow(identify(browser, start(browser, acr=MFA), "bob"))


def test_another_way_is_offered_by_its_own_name(make: Make) -> None:
    """A row for each other factor, as the person named it (pages.md)."""
    _, _, page = with_list(make)
    assert page.has("choose-voice")
    assert "Phone call My desk" in page.document.text


def test_another_way_can_be_chosen_and_taken_back(make: Make) -> None:
    """Choosing proves nothing, moves on by 303, and counts nothing (ACR-14)."""
    desk, browser, page = with_list(make)
    chosen = browser.follow(browser.submit(page, button="choose-voice"))
    assert chosen.has("choose-totp")
    back = browser.follow(browser.submit(chosen, button="choose-totp"))
    assert told(give_code(browser, back, desk.code("bob")))["amr"] == "pwd otp mfa"


def test_a_factor_takes_any_of_its_credentials(make: Make) -> None:
    """Several of one kind are several chances to be right, not several questions."""
    _, browser, page = with_list(make)
    chosen = browser.follow(browser.submit(page, button="choose-voice"))
    assert told(give_code(browser, chosen, "BBBB"))["acr"] == MFA


def test_the_other_factor_counts_in_the_same_budget(make: Make) -> None:
    """One budget for all second factors of a person (F12)."""
    desk, browser, page = with_list(make)
    page = give_code(browser, page, desk.wrong_code("bob"))
    chosen = browser.follow(browser.submit(page, button="choose-voice"))
    give_code(browser, chosen, "CCCC")
    assert desk.failures("second", "bob") == 2


def test_what_is_enrolled_and_not_installed_is_not_offered(desk: Desk) -> None:
    """A credential of a factor that this installation cannot ask for is as if it were not there."""
    credential = Credential(
        id="voice-1",
        user_id=desk.people["alice"].id,
        factor="voice",
        channel="voice:1",
        created_at=desk.clock.now(),
        material=b"+81",
    )
    with desk.database.transaction() as tx:
        credentials.add_credential(tx, credential)
    browser = desk.browser()
    assert browser.follow(identify(browser, start(browser, acr=MFA), "alice")).has("refuse-leave")


@pytest.mark.parametrize("choice", ["choose:password", "choose:voice", "allow", "deny", "leave", "go", "x"])
def test_a_choice_that_is_not_open_leads_back_to_the_page(desk: Desk, choice: str) -> None:
    """The stored state says what may be done, never the form (ACR-14)."""
    browser = desk.browser()
    page = browser.follow(identify(browser, start(browser, acr=MFA), "bob"))
    _, url, entries = browser.fill(page, {"code": desk.code("bob")}, button="challenge-submit")
    reply = browser.post(url, [*entries, ("choice", choice)])
    assert (reply.status, reply.location) == (303, page.url)
    assert desk.finisher.finishings == []
    assert browser.get(page.url).has("code")


@pytest.mark.parametrize("choice", ["not_you", "leave", "choose:totp"])
def test_choices_of_known_people_are_not_open_to_strangers(desk: Desk, choice: str) -> None:
    """On the sign-in page there is nobody to be not."""
    browser = desk.browser()
    page = start(browser)
    _, url, entries = browser.fill(page, {}, button="login-submit")
    assert browser.post(url, [*entries, ("choice", choice)]).location == page.url


def test_looking_never_finishes(make: Make) -> None:
    """When nothing more is needed meanwhile, a page says so, and a button goes on (SES-25)."""
    desk = make(policy="default")
    browser = desk.browser()
    page = browser.follow(identify(browser, start(browser), "bob"))
    publish(desk, (ROOT / "policies" / "demo.yaml").read_text(), "weaker")
    ready = browser.get(page.url)
    assert ready.has("ready-continue")
    assert desk.finisher.finishings == []
    assert told(browser.submit(ready, button="ready-continue"))["acr"] == "urn:idp:acr:1fa"
