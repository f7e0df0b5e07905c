"""Why something is asked, in the words of whoever wrote the policy (policy.md §4: one short, safe sentence)."""

import pytest

from tests.support.browser import Browser, Page
from tests.support.person import Person
from tests.support.provider import Provider

MFA = "urn:idp:acr:mfa"
POLICY = """bundle: spoken
acr:
  urn:idp:acr:1fa: {title: Signed in, needs: [any]}
  urn:idp:acr:mfa: {title: Multi-factor, needs: [{kinds: 2}]}
factors: {first: [password], order: [totp, password]}
rules:
  - {id: all, RULE}
reasons:
  big_payment:
    en: <b>Large</b> payments take a code & a password.
    ja: <b>高額</b>のお支払いには確認コードが必要です。
  closed_today: {ja: 本日は休業日です。}
"""
CHALLENGES = f"require: {{acr: {MFA}}}, reason: "
CLOSED = "if: {user.groups: {contains_any: [customers]}}, deny: closed_today"


def asked(provider: Provider, person: Person, rule: str, *, language: str = "en") -> tuple[Browser, Page]:
    """Return the page that follows on name and password under a policy with this rule."""
    provider.publish(POLICY.replace("RULE", rule))
    browser = provider.browser()
    page = browser.open(provider.bank.attempt(ui_locales=language).url)
    return browser, browser.follow(person.identify(browser, page))


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "<b>Large</b> payments take a code & a password."),
        ("ja", "<b>高額</b>のお支払いには確認コードが必要です。"),
    ],
)
def test_a_rule_says_its_reason_in_its_own_words(provider: Provider, bob: Person, language: str, sentence: str) -> None:
    """In the reader's language, as it was written: what looks like markup is text."""
    _, page = asked(provider, bob, CHALLENGES + "big_payment", language=language)
    assert page.has("challenge-submit")
    assert sentence in page.document.text
    assert "<b>" not in page.text


def test_a_reason_without_words_is_said_in_ours(provider: Provider, bob: Person) -> None:
    """Its code is nowhere on the page."""
    _, page = asked(provider, bob, CHALLENGES + "secret_investigation")
    assert "Bank asks for one more check" in page.document.text
    assert "secret_investigation" not in page.text


def test_a_refusal_says_its_reason(provider: Provider) -> None:
    """In the one language in which it was written, where the reader's is not there."""
    customer = provider.add_person("customer", groups=("customers",))
    _, page = asked(provider, customer, CLOSED)
    assert page.has("refuse-leave")
    assert "本日は休業日です。" in page.document.text


def test_reason_is_told_to_nobody_before_a_first_proof(provider: Provider, bob: Person) -> None:
    """All visitors see one and the same page."""
    provider.publish(POLICY.replace("RULE", CHALLENGES + "big_payment"))
    browser = provider.browser()
    page = browser.open(provider.bank.attempt().url)
    assert "Large" not in page.text
    assert "Large" not in bob.identify(browser, page, password="wrong").text
