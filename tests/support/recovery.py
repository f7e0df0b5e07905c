"""What people do with the links that are mailed to them."""

import re
from dataclasses import replace

from idp.login.recovery.requesting import PURPOSE
from idp.records.delivery.model import NOTICE
from tests.support.browser import Browser, Page
from tests.support.clock import FixedClock
from tests.support.enrolment import address
from tests.support.outbox import messages
from tests.support.person import Person
from tests.support.provider import Provider

NEW_PASSWORD = "a brand new passphrase"


def link_in(text: str) -> str:
    """Return the one link of a message."""
    found: list[str] = re.findall(r"https?://\S+", text)
    assert len(found) == 1, text
    return found[0]


def ask(browser: Browser, name: str) -> Page:
    """Say that a password is forgotten, from the page of sign-in's link."""
    return browser.follow(browser.submit(browser.open("/recover"), {"username": name}, button="recover-submit"))


def reset_link(provider: Provider, person: Person) -> str:
    """Have a link for a new password mailed, and return it."""
    if isinstance(provider.clock, FixedClock):
        provider.advance(1)  # so that the newest is the newest
    assert ask(provider.browser(), person.username).status == 200
    return link_in(messages(provider.database, to=address(person), purpose=PURPOSE)[0].text)


def choose(browser: Browser, link: str, password: str = NEW_PASSWORD, *, ends_all: bool = True) -> Page:
    """Open a link and choose a password; stop at what comes then."""
    page = browser.open(link)
    _, url, entries = browser.fill(page, {"password": password}, button="password-submit")
    return browser.follow(browser.post(url, [pair for pair in entries if ends_all or pair[0] != "end_all"]))


def reset(provider: Provider, person: Person) -> Person:
    """Reset somebody's password, and return them as they are now."""
    page = choose(provider.browser(), reset_link(provider, person))
    assert page.status == 200
    return replace(person, password=NEW_PASSWORD)


def report_link(provider: Provider, to: str) -> str:
    """Return the link of the newest notice that was sent to an address."""
    return link_in(messages(provider.database, to=to, purpose=NOTICE)[0].text)


def report(browser: Browser, link: str) -> Page:
    """Say that it was somebody else; stop at what comes then."""
    return browser.follow(browser.submit(browser.open(link), button="not-me-submit"))
