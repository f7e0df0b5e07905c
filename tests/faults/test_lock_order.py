"""One order of locks: whoever changes what is a person's holds the person first, so that two never wait in a ring."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from idp.login.ending import end_everything
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.push import store as subscriptions
from idp.records.users.push.model import Subscription
from idp.storage.tx import Tx
from tests.support.browser import Browser, Page
from tests.support.clock import FixedClock
from tests.support.database import fresh_database
from tests.support.enrolment import held
from tests.support.person import Person
from tests.support.provider import Provider, environ_for, populate
from tests.support.push import Subscribed

MFA = "urn:idp:acr:mfa"


@pytest.fixture(scope="module")
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    """One on PostgreSQL: there rows are locked one by one."""
    with fresh_database(request, "postgresql") as url:
        provider = Provider(environ_for(url), clock=FixedClock())
        provider.start()
        populate(provider)
        yield provider
        provider.close()


def at_code(provider: Provider, person: Person) -> tuple[Browser, Page]:
    browser = provider.browser()
    page = browser.open(provider.bank.attempt(acr_values=MFA).url)
    return browser, browser.follow(person.identify(browser, page))


def wait_until_somebody_waits(provider: Provider) -> None:
    """Return once a connection to this database stands before a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with provider.database.engine().connect() as connection:
        for _ in range(500):
            if connection.execute(waiting).scalar():
                return
            time.sleep(0.01)
    pytest.fail("nobody waits")


def removed(tx: Tx, provider: Provider, person: Person) -> None:
    """What the account page does: the person, then the credential."""
    for credential_id in held(provider, person):
        assert credentials.remove_credential(tx, credential_id, person.id)


def ended(tx: Tx, provider: Provider, person: Person) -> None:
    """What a report, a reset and an administrator do: the person, then whatever hangs on them."""
    end_everything(tx, person.id, address="", now=provider.clock.now())


@pytest.mark.parametrize(("change", "outcome"), [(removed, 422), (ended, 303)])
def test_proof_waits_for_the_person_and_holds_nothing_meanwhile(
    provider: Provider, change: Callable[[Tx, Provider, Person], None], outcome: int
) -> None:
    """WAN-21: settled while the person is held elsewhere, a proof waits before its first lock; nobody is answered 503.

    Afterwards it proves nothing: the credential is gone, or the interaction was ended.
    """
    person = provider.add_person(f"waiter-{change.__name__}", has_totp=True)
    browser, page = at_code(provider, person)
    answers = []
    with provider.no_code_issued():
        with provider.database.transaction() as tx:
            users.hold(tx, person.id)
            code = person.code(provider.clock.now())
            settling = threading.Thread(target=lambda: answers.append(person.give_code(browser, page, code)))
            settling.start()
            wait_until_somebody_waits(provider)
            change(tx, provider, person)  # would be a deadlock, had the proof taken its credential before
        settling.join(timeout=10)
        assert [answer.status for answer in answers] == [outcome]


def test_choice_waits_for_the_person_too(provider: Provider) -> None:
    """The last click of a sign-in may be a choice (consent): it finishes like a proof, in the same order."""
    person = provider.add_person("chooser")
    browser = provider.browser()
    page = browser.open(provider.parties["third"].attempt(scope="openid profile").url)
    page = browser.follow(person.identify(browser, page))
    answers = []
    with provider.no_code_issued():
        with provider.database.transaction() as tx:
            users.hold(tx, person.id)
            choosing = threading.Thread(target=lambda: answers.append(browser.submit(page, button="consent-allow")))
            choosing.start()
            wait_until_somebody_waits(provider)
            ended(tx, provider, person)
        choosing.join(timeout=10)
        assert answers[0].status == 303
        assert answers[0].location.startswith(f"{provider.issuer}/login/"), "moved: what had been begun was ended"


def test_endpoint_that_somebody_takes_meanwhile_is_refused(provider: Provider) -> None:
    """F9: two browsers name one endpoint; whoever comes second has read that it is nobody's, and is told that it is.

    Refused by the row that is there and by nothing else: nothing of the second is kept, and it may be tried again.
    """
    endpoint, answers = "https://fcm.googleapis.com/fcm/send/taken", []
    first, second = (provider.add_person(name, has_totp=True) for name in ("teller", "latecomer"))
    browser, page = telling(provider, second)
    other, _ = telling(provider, first)
    _, url, entries = browser.fill(page, Subscribed(endpoint).fields, button="tell-submit")
    with provider.database.transaction() as tx:
        taken = Subscription(
            id="taken",
            user_id=first.id,
            credential_id=held(provider, first, "approval")[0],
            keys=Subscribed(endpoint).keys,
            created_at=provider.clock.now(),
        )
        subscriptions.add(tx, taken)
        late = threading.Thread(target=lambda: answers.append(browser.post(url, entries)))
        late.start()
        wait_until_somebody_waits(provider)
    late.join(timeout=10)
    assert (answers[0].status, answers[0].has("problem")) == (422, True)
    assert provider.stored("push_subscriptions", "user_id") == {first.id}
    assert other.get("/account/approvals").has("tell-not-submit")
    assert not browser.get("/account/approvals").has("tell-not-submit")


def telling(provider: Provider, person: Person) -> tuple[Browser, Page]:
    """Stand where somebody's device, which may approve, asks to be told."""
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, person, acr_values=MFA)
    page = browser.open("/account/approvals")
    return browser, browser.follow(browser.submit(page, {"label": "Phone"}, button="turn-on-submit"))
