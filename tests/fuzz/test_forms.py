"""Whatever whoever is signed in puts into a form of ours, its answer is in good order: console and account alike."""

import random
import re
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest

from tests.support.browser import Browser, Page
from tests.support.pages import Control, Form
from tests.support.provider import Provider

SHARP = ("²", "[" * 3000, "0001-01-01T00:00+14:00")
"""No digit to `int`, nested deeper than parsers go, a moment that UTC has no name for: each has failed once."""
ODD = (
    *("", "x", "-1", "9" * 30, "1e400", "nan", "٣", "\x1f", "\u2028", "\ufeff", "é" * 300, "a" * 6000, "../..", "%00"),
    *("\r\nX: y", "=1+1", "{{7*7}}", "<script>", "null", '{"a": ' * 1500, "1:2:3", ":", "999999999999d", "&a: *a"),
    *("!!python/object:x", "---\n---", "? x"),
)
BEGINNINGS = (
    *("/admin/", "/admin/people", "/admin/clients", "/admin/clients/bank", "/admin/clients/new", "/admin/policies"),
    *("/admin/decisions", "/admin/audit", "/admin/risk", "/admin/sessions", "/admin/delivery", "/admin/keys"),
    *("/account/", "/account/profile", "/account/factors", "/account/email", "/account/phone", "/account/password"),
    *("/account/sessions", "/account/applications", "/account/approvals", "/account/delete"),
)
LEAVING = re.compile(r"end|sign|delete|remove|not-you|disable", re.ASCII)
"""Buttons after which there is nobody to go on as, or nothing."""
CSRF = "csrf_token"


@pytest.fixture
def owner(provider: Provider) -> Browser:
    """The owner's browser, with a fresh proof, a draft begun and somebody to look at."""
    person, browser = provider.add_person("the-owner", has_totp=True, roles=("owner",)), provider.browser()
    page = person.answer(browser, browser.open("/admin/policies"), provider.clock.now())
    browser.submit(page, button="begin-draft")
    return browser


def filled(form: Form, button: Control | None, odd: random.Random) -> Iterator[dict[str, str]]:
    """Yield what might be sent: all odd, then one field at a time sharp, odd, prolonged or missing."""
    plain = dict(form.entries({}, button))
    names = [name for name in dict.fromkeys((*plain, *(each.name for each in form.controls))) if name not in ("", CSRF)]
    yield plain | {name: odd.choice(ODD) for name in names}
    for name in odd.sample(names, min(len(names), 3)):
        yield from (plain | {name: value} for value in (*SHARP, odd.choice(ODD)))
        yield plain | {name: plain.get(name, "") + odd.choice(ODD)}
        yield {key: value for key, value in plain.items() if key != name}


def linked(page: Page) -> Iterator[str]:
    """Yield where a page leads within the console and the account."""
    for tag, attributes in page.document.elements:
        if tag == "a" and attributes.get("href", "").startswith(("/admin/", "/account/")):
            yield attributes["href"]


def test_no_form_of_the_console_or_the_account_fails(provider: Provider, owner: Browser) -> None:
    """FLT-41: every form that is a link away, with every button, is answered below 500."""
    odd, seen, sent = random.Random(41), set[str](), 0
    waiting = [(path, 1) for path in BEGINNINGS]
    while waiting:
        path, links = waiting.pop(0)
        kind = re.sub(r"[0-9a-f]{20,}", "ID", path.partition("?")[0])
        if kind in seen:
            continue
        seen.add(kind)
        page = owner.open(path)
        assert page.status < 500, page
        if links:
            waiting += [(found, links - 1) for found in linked(page)]
        for form, button in [(each, button) for each in page.document.forms for button in each.buttons]:
            if form.method != "POST" or LEAVING.search(f"{button.id} {button.value} {form.action}"):
                continue
            url = urljoin(page.url, button.attributes.get("formaction") or form.action or page.url)
            for fields in filled(form, button, odd):
                answer = owner.post(url, fields)
                assert answer.status < 500, (url, fields, answer)
                sent += 1
    assert sent > 1000
