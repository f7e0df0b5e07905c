"""Web push for approvals, from the account page to a push service of our own that decrypts what it is given (F9)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from tests.flows.test_approval import APPROVALS, approve, asked, go_on, number_on, turned_on
from tests.support.browser import Browser, Page
from tests.support.enrolment import held
from tests.support.fixtures import MakeProvider
from tests.support.gateway import LOST, Answer, Gateway, gateway
from tests.support.outbox import messages
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.push import Subscribed, vouched

MFA = "urn:idp:acr:mfa"
CREATED = Answer(201)


@pytest.fixture(scope="module")
def push_service() -> Iterator[Gateway]:
    with gateway() as it:
        yield it


@pytest.fixture
def service(push_service: Gateway) -> Gateway:
    """The push service, with nothing remembered of earlier tests."""
    push_service.told.clear()
    push_service.script.clear()
    push_service.usual = CREATED
    return push_service


@pytest.fixture
def provider(make_provider: MakeProvider, service: Gateway) -> Provider:
    """A provider that speaks to this push service alone."""
    return make_provider(IDP_PUSH_SERVICES=service.url)


@pytest.fixture
def phone(provider: Provider, bob: Person) -> Browser:
    return turned_on(provider, bob)


def tell(phone: Browser, subscribed: Subscribed) -> Page:
    """Turn notifications on, as the page's script does."""
    return phone.submit(phone.get(APPROVALS), subscribed.fields, button="tell-submit")


@pytest.fixture
def told(phone: Browser, service: Gateway) -> Subscribed:
    """bob's phone, subscribed."""
    subscribed = Subscribed(f"{service.url}/push/bob-s-phone")
    assert phone.follow(tell(phone, subscribed)).has("told")
    return subscribed


def fates(provider: Provider) -> list[tuple[str, str]]:
    """Return what became of the push messages: state and reason, oldest first."""
    found = sorted(messages(provider.database, purpose="approval"), key=lambda each: each.created_at)
    return [(each.state.value, each.reason) for each in found if each.channel == "push"]


def test_waiting_sign_in_is_announced_and_approved(
    provider: Provider, bob: Person, phone: Browser, told: Subscribed, service: Gateway
) -> None:
    """The phone is told which application asks, in its owner's language, and nothing that opens anything."""
    key = phone.get(APPROVALS).document.form_with("tell-submit").attributes["data-key"]
    assert told.endpoint not in provider.dump()
    browser, attempt, page = asked(provider, bob)
    provider.deliver()
    (got,) = service.told
    assert told.notice(got) == {
        "title": "A sign-in waits for you",
        "body": "Is this you, signing in to Bank?",
        "language": "en",
    }
    assert (got.path, got.headers["content-encoding"]) == ("/push/bob-s-phone", "aes128gcm")
    assert (got.headers["ttl"], got.headers["urgency"]) == ("120", "high")
    assert b"Bank" not in got.body
    claims = vouched(got, by=key)
    assert (claims["aud"], claims["sub"]) == (service.url, provider.issuer)
    assert 0 < int(str(claims["exp"])) - provider.clock.now().timestamp() <= 24 * 3600
    assert fates(provider) == [("sent", "")]
    assert approve(phone, number_on(page)).has("done")
    assert provider.bank.tokens(attempt, go_on(browser, page)).acr == MFA


def test_message_is_for_that_browser_alone(provider: Provider, bob: Person, told: Subscribed, service: Gateway) -> None:
    """Another browser's keys read nothing of it; the push service has none at all."""
    asked(provider, bob)
    provider.deliver()
    stranger = Subscribed(told.endpoint)
    with pytest.raises(InvalidTag):
        stranger.read(service.told[0].body)
    assert told.notice(service.told[0])["title"]


def test_browser_that_asks_is_not_told(
    provider: Provider, bob: Person, phone: Browser, told: Subscribed, service: Gateway
) -> None:
    """What another of bob's devices asks is announced on the phone; what the phone asks is announced elsewhere."""
    other = turned_on(provider, bob, label="Tablet")
    tablet = Subscribed(f"{service.url}/push/tablet")
    assert other.follow(tell(other, tablet)).has("told")
    phone.jar.drop(provider.cookie("session"))
    attempt = provider.bank.attempt(acr_values=MFA)
    page = phone.follow(bob.identify(phone, phone.open(attempt.url)))
    page = phone.follow(phone.submit(page, button="choose-approval"))
    phone.follow(phone.submit(page, button="send-code"))
    provider.deliver()
    assert [each.path for each in service.told] == ["/push/tablet"]


@pytest.mark.parametrize("status", [404, 410])
def test_browser_that_is_gone_is_forgotten(
    provider: Provider, bob: Person, phone: Browser, told: Subscribed, service: Gateway, status: int
) -> None:
    """Its push service says so once; nothing is sent there again, and the page offers to be told anew."""
    service.script = [Answer(status)]
    browser, _, page = asked(provider, bob)
    provider.deliver()
    assert fates(provider) == [("dead", "gone")]
    assert provider.count("push_subscriptions") == 0
    assert not phone.get(APPROVALS).has("told")
    assert "push.subscription.gone" in provider.stored("audit_events", "name")
    provider.advance(31)
    browser.submit(browser.get(page.url), button="send-code")
    provider.deliver()
    assert len(service.told) == 1


@pytest.mark.parametrize("answer", [Answer(500), Answer(429), Answer(503, headers={"Retry-After": "3"}), LOST])
def test_push_service_that_fails_is_asked_again(
    provider: Provider, bob: Person, told: Subscribed, service: Gateway, answer: Answer
) -> None:
    """The same message a moment later; one of so many services that fails holds up nobody else's."""
    service.script = [answer]
    asked(provider, bob)
    provider.deliver()
    assert fates(provider)[0][0] == "waiting"
    provider.advance(4)
    assert provider.deliver() == 1
    assert fates(provider) == [("sent", "")]
    assert [told.notice(each)["title"] for each in service.told] == ["A sign-in waits for you"] * 2
    assert provider.count("delivery_outages") == 0


def test_push_service_that_refuses_is_asked_once(
    provider: Provider, bob: Person, told: Subscribed, service: Gateway
) -> None:
    """What it will never take, or a redirect to anywhere, is given up; the subscription stays."""
    for status in (403, 413, 302):
        service.script = [Answer(status, headers={"Location": f"{service.url}/elsewhere"})]
        asked(provider, bob)
        provider.deliver()
        provider.advance(31)
        provider.deliver()
    assert fates(provider) == [("dead", f"http_{status}") for status in (403, 413, 302)]
    assert {each.path for each in service.told} == {"/push/bob-s-phone"}
    assert provider.count("push_subscriptions") == 1


def test_late_announcement_is_not_sent(provider: Provider, bob: Person, told: Subscribed, service: Gateway) -> None:
    """Once the request is over nobody is woken for it."""
    service.script = [Answer(500)]
    asked(provider, bob)
    provider.deliver()
    provider.advance(121)
    provider.deliver()
    assert (len(service.told), fates(provider)) == (1, [("dead", "expired")])


def test_subscription_of_another_person_is_not_taken(
    provider: Provider, bob: Person, phone: Browser, told: Subscribed, service: Gateway
) -> None:
    """Whoever learns an endpoint and has keys of their own takes nothing; the very browser gives it up by its keys."""
    provider.add_person("mallory", has_totp=True)
    theirs = turned_on(provider, provider.people["mallory"])
    forged = Subscribed(told.endpoint)
    refused = tell(theirs, forged)
    assert (refused.status, refused.has("problem"), refused.has("told")) == (422, True, False)
    asked(provider, bob)
    provider.deliver()
    assert told.notice(service.told[0])["title"]
    assert theirs.follow(tell(theirs, told)).has("told")
    assert not phone.get(APPROVALS).has("told")
    assert provider.count("push_subscriptions") == 1


@pytest.mark.parametrize(
    "endpoint",
    ["http://localhost:9/x", "https://169.254.169.254/latest", "http://evil.test/x", "file:///etc/passwd", ""],
)
def test_endpoint_elsewhere_is_refused(provider: Provider, phone: Browser, endpoint: str) -> None:
    """Nothing is kept of it, so nothing is ever sent there (SSRF)."""
    refused = tell(phone, Subscribed(endpoint))
    assert (refused.status, "isn’t one that is used here" in refused.document.text) == (422, True)
    assert provider.count("push_subscriptions") == 0


def test_service_that_is_served_no_more_is_left_alone(
    provider: Provider, bob: Person, phone: Browser, told: Subscribed, service: Gateway
) -> None:
    """What was subscribed under other settings is not spoken to."""
    asked(provider, bob)
    other = provider.restarted(IDP_PUSH_SERVICES="push.example")
    other.deliver()
    assert (service.told, fates(provider)) == ([], [("dead", "unsubscribed")])
    other.close()
    without = provider.restarted(IDP_PUSH_SERVICES="none")
    assert not without.adopt(phone).get(APPROVALS).has("notifications")
    without.close()


def test_device_that_is_removed_or_turned_off_is_not_told(
    provider: Provider, bob: Person, phone: Browser, told: Subscribed, service: Gateway
) -> None:
    """Turning it off leaves the device; removing the device takes the subscription with it."""
    page = phone.follow(phone.submit(phone.get(APPROVALS), button="tell-not-submit"))
    assert (page.has("told"), provider.count("push_subscriptions")) == (False, 0)
    asked(provider, bob)
    provider.deliver()
    assert service.told == []
    tell(phone, told)
    page = phone.open(f"/account/factors/{held(provider, bob, 'approval')[0]}")
    phone.submit(page, button="remove-submit")
    assert (held(provider, bob, "approval"), provider.count("push_subscriptions")) == ([], 0)


def test_only_a_device_that_approves_is_told(provider: Provider, bob: Person, service: Gateway) -> None:
    """Before it is turned on there is nothing to be told of: neither the offer, nor a form that somebody makes up."""
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, bob, acr_values=MFA)
    page = browser.open(APPROVALS)
    assert not page.has("tell")
    token = dict(page.document.form_with("turn-on-submit").entries({}, None))["csrf_token"]
    fields = {"csrf_token": token, "choice": "tell", **Subscribed(f"{service.url}/x").fields}
    assert browser.post(APPROVALS, fields).status == 422
    assert provider.count("push_subscriptions") == 0
    assert browser.post(APPROVALS, fields | {"csrf_token": "made up"}).status == 403


def test_worker_is_served_where_browsers_find_it_again(provider: Provider) -> None:
    """At one address for ever, so that a new release is not another worker; it is nobody's, and asked for each time."""
    page = provider.browser().get("/account/approvals-worker.js")
    assert page.header("content-type").startswith("text/javascript")
    assert (page.status, page.header("cache-control"), page.set_cookies) == (200, "no-cache", [])
    assert page.text == Path("idp/web/static/approvals-worker.js").read_text()
    assert "http" not in page.text
