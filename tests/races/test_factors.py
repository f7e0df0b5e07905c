"""Sent codes, backup codes, messages and last factors: once is once, over four worker processes, on both databases."""

from collections import Counter

import pytest
from sqlalchemy import text

from idp.core.tokens import SystemTokens
from idp.factors.backup_code import BackupCode
from idp.factors.base import Challenge, Cost, NewCredential
from idp.factors.base import Person as Known
from idp.records.users.backup_codes import store as backup_codes
from idp.records.users.credentials import store as credentials
from tests.races.test_once import filled, location
from tests.support.authenticator import Authenticator
from tests.support.browser import Browser, Page
from tests.support.cluster import Cluster
from tests.support.enrolment import bind, held
from tests.support.outbox import messages, newest_code
from tests.support.passkeys import give, options_on, use
from tests.support.person import Person
from tests.support.race import Shot, par

ROUNDS = 20
AT_ONCE = 50
MFA = "urn:idp:acr:mfa"

pytestmark = pytest.mark.workers


def texted(four: Cluster, name: str) -> tuple[Person, str]:
    """Return somebody new, and the number of theirs."""
    person = four.provider.add_person(name)
    number = f"+120255501{len(four.provider.people):02}"
    bind(four.provider, person, phone=number)
    return person, number


def at_challenge(four: Cluster, person: Person) -> tuple[Browser, Page]:
    browser = four.browser()
    page = browser.open(four.bank.attempt(acr_values=MFA).url)
    return browser, browser.follow(person.identify(browser, page))


def shot(four: Cluster, browser: Browser, page: Page, button: str, **typed: str) -> Shot:
    _, url, entries = browser.fill(page, typed, button=button)
    return Shot(url, entries, {"Cookie": browser.jar.header(url), "Origin": four.issuer})


def forget_budgets(four: Cluster) -> None:
    with four.provider.database.engine().connect() as connection:
        connection.execute(text("DELETE FROM attempt_budgets"))


def test_one_click_sends_one_message_and_its_code_counts_once(four: Cluster) -> None:
    """MSG-04, OTP-15: fifty clicks on Send send one message; fifty times its right code is one success, one answer."""
    person, number = texted(four, "clicker")
    for round_number in range(ROUNDS):
        forget_budgets(four)
        browser, page = at_challenge(four, person)
        sent = len(messages(four.provider.database, to=number))
        replies = par([shot(four, browser, page, "send-code")] * AT_ONCE)
        assert {reply.status for reply in replies} <= {303, 429}
        assert len(messages(four.provider.database, to=number)) == sent + 1, f"round {round_number}"
        codes = four.provider.count("authorization_codes")
        right = newest_code(four.provider.database, number)
        page = browser.get(page.url)
        replies = par([shot(four, browser, page, "challenge-submit", code=right)] * AT_ONCE)
        ends = {location(reply) for reply in replies if location(reply).startswith(four.bank.redirect_uri)}
        assert len(ends) == 1, f"round {round_number}: {Counter(reply.status for reply in replies)}"
        assert four.provider.count("authorization_codes") == codes + 1
    four.assert_calm()


def with_list(four: Cluster, person: Person) -> list[str]:
    """Give somebody a list with a code for each round."""
    factor, known = BackupCode(amount=ROUNDS, cost=Cost(memory_kib=8, passes=1)), Known(id=person.id, username="x")
    now = four.now()
    drawn = factor.enroll_begin(known, typed="", tokens=SystemTokens(), now=now)
    assert isinstance(drawn, Challenge)
    new = factor.enroll_finish(known, drawn, "", now=now)
    assert isinstance(new, NewCredential)
    credential = new.bound("backup_code", credential_id=f"list-{person.id}", user_id=person.id, now=now)
    with four.provider.database.transaction() as tx:
        credentials.add_credential(tx, credential)
        backup_codes.add_codes(tx, credential.id, new.code_hashes)
    return drawn.page["codes"].split()


def codes_left(four: Cluster, credential_id: str) -> int:
    """Return how many codes of a list, or of what takes its place, can still be used."""
    with four.provider.database.engine().connect() as connection:
        statement = text("SELECT count(*) FROM backup_codes WHERE credential_id = :id")
        return int(connection.execute(statement, {"id": credential_id}).scalar_one())


def test_one_backup_code_is_accepted_once(four: Cluster) -> None:
    """F7: of fifty sign-ins with one backup code exactly one succeeds, in each of twenty rounds."""
    person = four.provider.add_person("listed", has_totp=True)
    codes = with_list(four, person)

    def waiting() -> Shot:
        browser, page = at_challenge(four, person)
        page = browser.follow(browser.submit(page, button="choose-backup_code"))
        return shot(four, browser, page, "challenge-submit", code="CODE")

    shots = [waiting() for _ in range(AT_ONCE)]
    for number, code in enumerate(codes):
        forget_budgets(four)
        issued = four.provider.count("authorization_codes")
        replies = par([filled(each, code) for each in shots])
        winners = [place for place, reply in enumerate(replies) if location(reply).startswith(four.bank.redirect_uri)]
        statuses = Counter(reply.status for reply in replies)
        assert len(winners) == 1, f"round {number}: {winners} {statuses}"
        assert set(statuses) <= {303, 422, 429, 503}, f"round {number}: {statuses}"
        assert four.provider.count("authorization_codes") == issued + 1
        assert codes_left(four, f"list-{person.id}") == ROUNDS - number - 1
        forget_budgets(four)
        if number + 1 < ROUNDS:
            shots[winners[0]] = waiting()
    four.assert_calm()


def test_one_last_factor_is_left(four: Cluster) -> None:
    """ENR-07: two apps, both removed at once by twenty-five clicks each: one is left."""
    person = four.provider.add_person("remover", has_totp=True)
    for number in range(ROUNDS):
        forget_budgets(four)
        four.provider.enrol_totp(person)
        first, second = held(four.provider, person)[-2:]
        holder = person if number == 0 else four.provider.people["remover"]
        browser = four.browser()
        browser.follow(holder.answer(browser, browser.open(f"/account/factors/{first}"), four.now()))
        pages = [browser.get(f"/account/factors/{each}") for each in (first, second)]
        assert all(page.has("remove-submit") for page in pages), f"round {number}: {pages}"
        shots = [shot(four, browser, page, "remove-submit") for page in pages]
        replies = par(shots * (AT_ONCE // 2))
        assert {reply.status for reply in replies} <= {303, 404, 422}
        assert len(held(four.provider, person)) == 1, f"round {number}"
        with four.provider.database.transaction() as tx:
            credentials.remove_credential(tx, held(four.provider, person)[0], person.id)
        four.provider.people["remover"] = four.provider.enrol_totp(person)
    four.assert_calm()


def test_ticket_begins_once(four: Cluster) -> None:
    """ENR-09: twenty browsers with one ticket and a password each: one begins, all others are told it was used."""
    for round_number in range(5):
        erin = four.provider.add_nobody_yet(f"erin{round_number}-{four.provider.database.dialect}")
        ticket = four.provider.ticket(erin)
        shots = []
        for number in range(20):
            browser = four.browser()
            page = browser.submit(browser.open("/account/begin"), {"ticket": ticket}, button="begin-submit")
            shots.append(shot(four, browser, page, "begin-submit", new_password=f"violet umbrellas forget {number}"))
        replies = Counter(reply.status for reply in par(shots))
        assert replies[303] == 1
        assert set(replies) <= {303, 422, 503}
        assert len(held(four.provider, erin, "password")) == 1
    four.assert_calm()


def test_one_proof_by_passkey_counts_once(four: Cluster) -> None:
    """WAN-02, WAN-15: one answer sent ten times is one success; of two genuine ones with one counter, one is."""
    person, device = four.provider.add_person("keyholder"), Authenticator(origin=four.issuer)
    give(four.provider, person, device)
    for round_number in range(ROUNDS):
        codes = four.provider.count("authorization_codes")
        browsers = [four.browser(), four.browser()]
        pages = [browser.open(four.bank.attempt().url) for browser in browsers]
        count = device.keys[0].count + 1
        said = [device.get(options_on(page), count=count) for page in pages]
        shots = [
            shot(four, browser, page, "choose-passkey", passkey=answer)
            for browser, page, answer in zip(browsers, pages, said, strict=True)
        ]
        replies = par(shots * 5)
        assert {reply.status for reply in replies} <= {303, 422}, f"round {round_number}"
        assert four.provider.count("authorization_codes") == codes + 1, f"round {round_number}"
        device.keys[0].count = count
    four.assert_calm()


def test_removed_passkey_opens_nothing_afterwards(four: Cluster) -> None:
    """WAN-21: removed and used at the same moment, it may have been first; afterwards it is evidence of nothing."""
    person = four.provider.add_person("remover", has_totp=True)
    for round_number in range(5):
        device = Authenticator(origin=four.issuer)
        credential_id = give(four.provider, person, device)
        owner, user = four.browser(), four.browser()
        opened = four.bank.attempt()
        four.bank.tokens(opened, use(owner, owner.open(opened.url), device))
        detail = owner.open(f"/account/factors/{credential_id}")
        page = user.open(four.bank.attempt().url)
        said = device.get(options_on(page))
        replies = par(
            [
                shot(four, owner, detail, "remove-submit"),
                shot(four, user, page, "choose-passkey", passkey=said),
            ]
        )
        assert replies[0].status == 303, "both want the person first, so neither waits for the other in a ring"
        assert replies[1].status in {303, 422}
        user.jar.keep(page.url, [value for name, value in replies[1].headers if name.lower() == "set-cookie"])
        with four.provider.no_code_issued():
            assert user.open(four.bank.attempt().url).status == 200, f"round {round_number}"
    four.assert_calm()
