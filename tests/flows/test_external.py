"""An external verifier by signed redirect, from its declaration to the tokens (F10)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc.jwk import ECKey

from idp.core.errors import ConfigError
from tests.support.badge import BADGE
from tests.support.browser import Browser, Page
from tests.support.enrolment import held
from tests.support.fixtures import MakeProvider
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import Attempt
from tests.support.verifier import NAME, Verifier

METHODS = "/account/factors"
MFA = "urn:idp:acr:mfa"
DEMO = Path("policies", "demo.yaml").read_text()
ORDER = "order: [passkey, password, totp, "
POLICY = DEMO.replace(ORDER, f"{ORDER}{NAME}, ")

VERIFIER = Verifier()


@pytest.fixture
def provider(make_provider: MakeProvider) -> Provider:
    """A provider that knows the verifier, and whose bundle has its factor."""
    assert POLICY != DEMO
    it = make_provider(IDP_VERIFIERS=VERIFIER.declared())
    it.publish(POLICY)
    return it


def brought(browser: Browser, request: Any, answer: str) -> Page:
    """Come back with an answer, and post it as the page does."""
    page = browser.get(f"{request['redirect_uri']}?{urlencode({'answer': answer})}")
    assert page.status == 200
    button = "enrol-submit" if page.has("enrol-submit") else "challenge-submit"
    return browser.submit(page, button=button)


def set_up(provider: Provider, person: Person) -> None:
    """Set the verifier up in the account, beside the app that is there."""
    browser = provider.browser()
    page = browser.follow(person.answer(browser, browser.open(METHODS), provider.clock.now()))
    page = browser.follow(browser.submit(page, button=f"add-{NAME}"))
    page = browser.follow(person.give_code(browser, page, person.code(provider.clock.now())))
    request = VERIFIER.read(provider, browser.submit(page, button="go-elsewhere").location)
    browser.follow(brought(browser, request, VERIFIER.answer(request, provider.clock.now())))
    assert len(held(provider, person, NAME)) == 1
    provider.advance(30)


@dataclass
class Sent:
    """Somebody at the verifier's door, in the middle of a sign-in."""

    browser: Browser
    attempt: Attempt
    page: Page
    request: Any


def sent(provider: Provider, person: Person) -> Sent:
    """Sign in with the password, and go to the verifier."""
    browser, attempt = provider.browser(), provider.bank.attempt(acr_values=MFA)
    page = browser.follow(person.identify(browser, browser.open(attempt.url)))
    page = browser.follow(browser.submit(page, button=f"choose-{NAME}")) if page.has(f"choose-{NAME}") else page
    left = browser.submit(page, button="go-elsewhere")
    assert left.status == 303
    return Sent(browser, attempt, page, VERIFIER.read(provider, left.location))


def test_verifier_is_set_up_and_vouches(provider: Provider, bob: Person) -> None:
    """There and back, twice: once to set it up, once to sign in; the tokens say what was declared, and no more."""
    set_up(provider, bob)
    at = sent(provider, bob)
    assert at.request["sub"] == bob.id
    assert at.request["preferred_username"] == bob.username
    assert at.request["acr_values"] == "badge-seen"
    assert at.request["exp"] - provider.clock.now().timestamp() == 300
    with provider.nothing_issued():
        back = at.browser.get(f"{at.request['redirect_uri']}?{urlencode({'answer': 'a.b.c'})}")
        assert "Badge desk" in back.document.text
        assert back.has("challenge-submit")
    answer = VERIFIER.answer(at.request, provider.clock.now(), amr=["hwk", "mfa"], phishing_resistant=True)
    tokens = provider.bank.tokens(at.attempt, brought(at.browser, at.request, answer))
    assert (tokens.acr, tokens.amr) == (MFA, {"pwd", "sc", "mfa"})
    evidence = next(each for each in provider.stored("sessions", "evidence") if f'"{NAME}"' in each)
    assert f'"{NAME}:{held(provider, bob, NAME)[0]}"' in evidence


FORGED: dict[str, dict[str, Any]] = {
    "another key of this name": {"key": ECKey.generate_key("P-256", {"kid": "desk-1"}, private=True)},
    "another type": {"header": {"typ": "JWT"}},
    "for somebody else": {"aud": "https://other.example"},
    "about another person": {"sub": "somebody"},
    "of another request": {"nonce": "another"},
    "of a lower level": {"acr": "badge-claimed"},
    "over": {"exp": 1},
}
"""Beside those that `tests/factors/test_external.py` tries on the factor itself."""


def test_answer_that_is_none_sets_nothing_up(provider: Provider, bob: Person) -> None:
    """The same page, 422, and a way to go again; then the good answer to the same request is taken."""
    browser = provider.browser()
    page = browser.follow(bob.answer(browser, browser.open(METHODS), provider.clock.now()))
    page = browser.follow(browser.submit(page, button=f"add-{NAME}"))
    page = browser.follow(bob.give_code(browser, page, bob.code(provider.clock.now())))
    request = VERIFIER.read(provider, browser.submit(page, button="go-elsewhere").location)
    with provider.nothing_issued():
        for changes in FORGED.values():
            refused = brought(browser, request, VERIFIER.answer(request, provider.clock.now(), **changes))
            assert (refused.status, refused.has("go-elsewhere"), refused.has("enrol-submit")) == (422, True, False)
            provider.forget_attempts()  # a few in a row have to wait
    assert held(provider, bob, NAME) == []
    browser.follow(brought(browser, request, VERIFIER.answer(request, provider.clock.now())))
    assert len(held(provider, bob, NAME)) == 1


def test_answer_that_is_none_issues_nothing(provider: Provider, bob: Person) -> None:
    """Neither a forged answer nor our own signature opens anything; each is a failed attempt, and none is kept."""
    set_up(provider, bob)
    at = sent(provider, bob)
    moment = int(provider.clock.now().timestamp())
    ours = provider.sign(
        {"alg": "ES256", "typ": "verification-answer+jwt"},
        {**{name: at.request[name] for name in ("sub", "nonce", "state")}, "iss": VERIFIER.issuer}
        | {"aud": provider.issuer, "acr": "badge-seen", "iat": moment, "exp": moment + 60},
    )
    answers = [VERIFIER.answer(at.request, provider.clock.now(), **changes) for changes in FORGED.values()]
    with provider.nothing_issued():
        for answer in (*answers, ours):
            refused = brought(at.browser, at.request, answer)
            assert (refused.status, refused.has("go-elsewhere"), refused.has("challenge-submit")) == (422, True, False)
            assert provider.failures("second", bob) == 1
            provider.forget_attempts()  # a few in a row have to wait
    assert not any(answer in provider.dump() for answer in answers)


def test_answer_is_good_once_and_in_its_own_interaction(provider: Provider, bob: Person) -> None:
    """Replayed, brought by another browser, or to another interaction of the same person: nothing."""
    set_up(provider, bob)
    first, second = sent(provider, bob), sent(provider, bob)
    answer = VERIFIER.answer(first.request, provider.clock.now())
    with provider.nothing_issued():
        swapped = second.request | {"nonce": first.request["nonce"]}
        assert brought(second.browser, second.request, answer).status == 422
        assert brought(second.browser, second.request, VERIFIER.answer(swapped, provider.clock.now())).status == 422
        stranger = provider.browser()
        assert stranger.get(f"{first.request['redirect_uri']}?answer={answer}").status == 404
    form, url, entries = first.browser.fill(
        first.browser.get(f"{first.request['redirect_uri']}?answer={answer}"), {}, button="challenge-submit"
    )
    done = first.browser.post(url, entries)
    assert provider.bank.tokens(first.attempt, done).acr == MFA
    assert form.method == "POST"
    with provider.nothing_issued():
        again = first.browser.post(url, entries)
        assert again.location == done.location, "a second click is given the same answer"
        third = sent(provider, bob)
        assert brought(third.browser, third.request, answer).status == 422


def test_newer_request_voids_the_one_before(provider: Provider, bob: Person) -> None:
    """Whoever goes twice brings the answer to the second."""
    set_up(provider, bob)
    at = sent(provider, bob)
    later = VERIFIER.read(
        provider, at.browser.submit(at.browser.get(at.request["redirect_uri"]), button="go-elsewhere").location
    )
    with provider.nothing_issued():
        assert brought(at.browser, later, VERIFIER.answer(at.request, provider.clock.now())).status == 422
    done = brought(at.browser, later, VERIFIER.answer(later, provider.clock.now()))
    assert provider.bank.tokens(at.attempt, done).acr == MFA


def test_answer_of_another_person_is_not_ones_own(provider: Provider, bob: Person, carol: Person) -> None:
    """ACR-09: what the verifier says of carol opens nothing of bob's, in his own interaction either."""
    set_up(provider, bob)
    set_up(provider, carol)
    bobs, carols = sent(provider, bob), sent(provider, carol)
    with provider.nothing_issued():
        answer = VERIFIER.answer(carols.request, provider.clock.now())
        assert brought(bobs.browser, bobs.request, answer).status == 422
        mixed = VERIFIER.answer(bobs.request, provider.clock.now(), sub=carols.request["sub"])
        assert brought(bobs.browser, bobs.request, mixed).status == 422


def test_answer_that_is_late_is_refused(provider: Provider, bob: Person) -> None:
    """The request's own time bounds it, however long the verifier says its answer is good."""
    set_up(provider, bob)
    at = sent(provider, bob)
    answer = VERIFIER.answer(at.request, provider.clock.now(), exp=4_000_000_000)
    provider.advance(301)
    with provider.nothing_issued():
        late = brought(at.browser, at.request, answer)
        assert (late.status, "its time is over" in late.document.text) == (422, True)


def test_coming_back_with_nothing_changes_nothing(provider: Provider, bob: Person) -> None:
    """Cancelled there, or with what is no token at all: the page as it was, and another way."""
    set_up(provider, bob)
    at = sent(provider, bob)
    for query in ("", "?error=access_denied", "?answer=", "?answer=%22%3E%3Cscript%3E", "?answer=a.b"):
        back = at.browser.get(at.request["redirect_uri"] + query)
        assert (back.status, back.has("go-elsewhere"), back.has("challenge-submit")) == (200, True, False)
        assert "script>" not in back.text.partition("<main")[2]
    with provider.nothing_issued():
        token = dict(at.browser.fill(back, {}, button="go-elsewhere")[2])
        assert at.browser.post(back.url, {k: v for k, v in token.items() if k != "choice"}).status == 422
    assert back.has("try-another")


def test_going_there_is_a_choice_of_this_step_alone(provider: Provider, alice: Person, bob: Person) -> None:
    """Where another factor is asked, nobody is sent anywhere."""
    browser, attempt = provider.browser(), provider.bank.attempt(acr_values=MFA)
    page = browser.follow(bob.identify(browser, browser.open(attempt.url)))
    entries = dict(browser.fill(page, {}, button="challenge-submit")[2])
    moved = browser.post(page.url, entries | {"choice": "go"})
    assert moved.location == page.url.partition("?")[0]


def test_verifier_and_a_package_of_one_name_start_nothing(make_provider: MakeProvider) -> None:
    """Two factors of one name: told before anything starts."""
    provider = make_provider()
    with pytest.raises(ConfigError, match=r"IDP_VERIFIERS: .*'badge' is defined twice"):
        provider.restarted(own=(BADGE,), IDP_VERIFIERS=VERIFIER.declared(name="badge"))
