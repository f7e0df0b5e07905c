"""Approvals, temporary codes, new addresses, lost factors: once is once, over four worker processes."""

from collections import Counter

import pytest

from idp.records.delivery.model import NOTICE
from tests.races.test_factors import at_challenge, forget_budgets, shot
from tests.races.test_once import location
from tests.support.cluster import Cluster
from tests.support.enrolment import address
from tests.support.outbox import messages, newest_code
from tests.support.race import Shot, par
from tests.support.recovery import link_in

ROUNDS, AT_ONCE = 3, 20
MFA, TWO = "urn:idp:acr:mfa", "urn:idp:acr:2sv"

pytestmark = pytest.mark.workers


def test_one_approval_is_decided_and_used_once(four: Cluster) -> None:
    """F9: of twenty decisions on one request one is taken, and of twenty clicks that go on by it one answer comes."""
    person = four.provider.add_person("approver", has_totp=True)
    phone = four.browser()
    four.sign_in(phone, person, acr_values=MFA)
    page = phone.open("/account/approvals")
    phone.follow(phone.submit(page, {"label": "Phone"}, button="turn-on-submit"))
    for round_number in range(ROUNDS):
        forget_budgets(four)
        browser, page = at_challenge(four, person)
        page = browser.follow(browser.submit(page, button="choose-approval"))
        page = browser.follow(browser.submit(page, button="send-code"))
        number, waiting = page.document.text_of("strong"), phone.get("/account/approvals")
        request = next(each for each in waiting.document.ids if each.startswith("approve-"))
        typed = {request.replace("approve-", "number-"): number}
        _, url, entries = phone.fill(waiting, typed, button=request)
        decided = par([Shot(url, entries, {"Cookie": phone.jar.header(url), "Origin": four.issuer})] * AT_ONCE)
        statuses = Counter(reply.status for reply in decided)
        assert statuses[303] == 1, f"round {round_number}: {statuses}"
        assert set(statuses) <= {303, 422, 503}
        codes = four.provider.count("authorization_codes")
        page = browser.get(page.url)
        replies = par([shot(four, browser, page, "challenge-submit")] * AT_ONCE)
        ends = {location(reply) for reply in replies if location(reply).startswith(four.bank.redirect_uri)}
        assert len(ends) == 1, f"round {round_number}: {Counter(reply.status for reply in replies)}"
        assert four.provider.count("authorization_codes") == codes + 1
    four.assert_calm()


def test_one_temporary_code_is_accepted_once(four: Cluster) -> None:
    """E7: of twenty sign-ins with the code that an administrator read out one goes on."""
    person = four.provider.add_person("helped")
    for round_number in range(ROUNDS):
        code = four.provider.temporary_code(person)
        shots = []
        for _ in range(AT_ONCE):
            browser = four.browser()
            page = browser.open(four.bank.attempt(acr_values=TWO).url)
            page = browser.follow(person.identify(browser, page))
            shots.append(shot(four, browser, page, "challenge-submit", code=code))
        forget_budgets(four)
        issued = four.provider.count("authorization_codes")
        replies = par(shots)
        ends = [reply for reply in replies if location(reply).startswith(four.bank.redirect_uri)]
        assert len(ends) == 1, f"round {round_number}: {Counter(reply.status for reply in replies)}"
        assert {reply.status for reply in replies} <= {303, 422, 429, 503}
        assert four.provider.count("authorization_codes") == issued + 1
        forget_budgets(four)
    four.assert_calm()


def test_one_new_address_is_proved_once(four: Cluster) -> None:
    """ENR-09: of twenty clicks with the code that went to a new address one changes it, and one notice tells of it."""
    person = four.provider.add_person("mover")
    browser = four.browser()
    four.sign_in(browser, person)
    for round_number in range(ROUNDS):
        new = f"moved{round_number}-{four.provider.database.dialect}@example.com"
        forget_budgets(four)
        page = browser.follow(browser.submit(browser.open("/account/email"), {"email": new}, button="send-code"))
        code = newest_code(four.provider.database, new)
        told = len(messages(four.provider.database, purpose=NOTICE))
        shots = [shot(four, browser, page, "email-submit", code=code)] * AT_ONCE
        replies = Counter(reply.status for reply in par(shots))
        assert set(replies) <= {303, 404, 422, 429, 503}, f"round {round_number}: {replies}"
        assert replies[303] == 1
        assert new in four.provider.stored("users", "email")
        assert len(messages(four.provider.database, purpose=NOTICE)) == told + 1
    four.assert_calm()


def test_one_link_of_lost_factors_begins_once(four: Cluster) -> None:
    """E7, ENR-09: of twenty uses of one link one begins a recovery, and everybody is told once."""
    person = four.provider.add_person("loser", has_totp=True)
    browser, page = at_challenge(four, person)
    page = browser.get(f"/recover/lost/{page.url.rpartition('/')[2]}")
    browser.follow(browser.submit(page, button="lost-submit"))
    link = link_in(messages(four.provider.database, to=address(person), purpose="recovery")[0].text)
    told = len(messages(four.provider.database, purpose=NOTICE))
    replies = Counter(reply.status for reply in par([Shot(link, [], {"Origin": four.issuer})] * AT_ONCE))
    assert replies[303] == 1
    assert set(replies) <= {303, 410, 503}
    assert len(messages(four.provider.database, purpose=NOTICE)) == told + 1
    four.assert_calm()
