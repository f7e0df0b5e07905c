"""The account as JSON, behind the same doors as its pages (E10)."""

import json

import pytest

from tests.support.account import NEW, ROOT, call
from tests.support.browser import Browser
from tests.support.enrolment import held, let_methods_go
from tests.support.outbox import newest_code
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


@pytest.fixture
def fresh(provider: Provider, browser: Browser, bob: Person) -> Browser:
    """A browser in which bob has just proved all he has."""
    bob.answer(browser, browser.open("/account/password"), provider.clock.now())
    return browser


def test_api_tells_who_is_signed_in(fresh: Browser, bob: Person) -> None:
    """Names and addresses; nothing that is a secret."""
    person = call(fresh, "GET", "/profile").json()
    assert (person["username"], person["email_verified"]) == ("bob", True)
    assert {each["factor"] for each in call(fresh, "GET", "/methods").json()["held"]} == {"password", "totp"}
    assert call(fresh, "GET", "/sessions").json()[0]["is_here"] is True
    assert call(fresh, "GET", "/activity").json()[0]["kind"]
    assert call(fresh, "GET", "/applications").json() == []


def test_api_says_who_is_nobody(browser: Browser) -> None:
    """401 without a session, and where to sign in; nothing is begun."""
    refused = call(browser, "GET", "/profile")
    assert (refused.status, refused.json()["error"]) == (401, "login_required")
    assert refused.header("content-type") == "application/json"


def test_api_changes_names(fresh: Browser) -> None:
    """What is left out stays."""
    assert call(fresh, "PATCH", "/profile", {"given_name": "Bob"}).json()["given_name"] == "Bob"
    changed = call(fresh, "PATCH", "/profile", {"family_name": "Baker"}).json()
    assert (changed["given_name"], changed["family_name"]) == ("Bob", "Baker")
    refused = call(fresh, "PATCH", "/profile", {"given_name": "a\tb"})
    assert (refused.status, refused.json()["error"]) == (422, "name_malformed")


def test_api_changes_the_password(provider: Provider, fresh: Browser, bob: Person, bank: RelyingParty) -> None:
    """SES-27 here too; a good one is kept, and signs in."""
    for text, reason in (("short", "password_too_short"), ("sunshine1", "password_common"), ("", "nothing_typed")):
        refused = call(fresh, "PUT", "/password", {"new_password": text})
        assert (refused.status, refused.json()["error"]) == (422, reason)
    assert call(fresh, "PUT", "/password", {"new_password": NEW}).status == 204
    other = provider.browser()
    assert bob.identify(other, other.open(bank.attempt().url), password=NEW).status == 303


def test_api_keeps_the_last_factor(provider: Provider, fresh: Browser, bob: Person) -> None:
    """ENR-07: refused with the reason; what is nobody's is not found."""
    refused = call(fresh, "DELETE", f"/methods/{held(provider, bob)[0]}")
    assert (refused.status, refused.json()["error"]) == (409, "last_factor")
    assert call(fresh, "DELETE", "/methods/nothing").status == 404
    assert len(held(provider, bob)) == 1


def test_api_removes_the_last_factor_for_a_longer_password(provider: Provider, fresh: Browser, bob: Person) -> None:
    """A password that is to stand alone is of 15 characters or more, and is chosen with the removal."""
    let_methods_go(provider)
    (app,) = held(provider, bob)
    refused = call(fresh, "DELETE", f"/methods/{app}")
    assert (refused.status, refused.json()["error"]) == (409, "password_alone")
    for text, reason in (("", "nothing_typed"), ("fourteen chars", "password_too_short")):
        refused = call(fresh, "POST", f"/methods/{app}/removal", {"new_password": text})
        assert (refused.status, refused.json()["error"]) == (422, reason)
    assert held(provider, bob) == [app]
    assert call(fresh, "POST", "/methods/nothing/removal", {"new_password": NEW}).status == 404
    assert call(fresh, "POST", f"/methods/{app}/removal", {"new_password": NEW}).status == 204
    assert held(provider, bob) == []
    other = provider.browser()
    assert bob.identify(other, other.open(provider.bank.attempt().url), password=NEW).status == 303


def test_api_disconnects(provider: Provider, fresh: Browser, bob: Person, bank: RelyingParty) -> None:
    """As the page does."""
    provider.sign_in(fresh, bank, bob)
    assert [each["client_id"] for each in call(fresh, "GET", "/applications").json()] == ["bank"]
    assert call(fresh, "DELETE", "/applications/bank").status == 204
    assert call(fresh, "DELETE", "/applications/bank").status == 404
    assert json.loads(call(fresh, "GET", "/export").text)["applications"] == []


def test_api_describes_itself(browser: Browser) -> None:
    """OpenAPI 3.1, made of the very types that check: every operation, its action, its body."""
    document = browser.get(f"{ROOT}/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    change = document["paths"]["/profile"]["patch"]
    named = change["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = document["components"]["schemas"][named]
    assert (schema["additionalProperties"], set(schema["properties"])) == (
        False,
        {"display_name", "given_name", "family_name"},
    )
    assert "account.factors" in document["paths"]["/methods/{id}"]["delete"]["description"]
    assert document["paths"]["/methods/{id}"]["delete"]["parameters"][0]["name"] == "id"


@pytest.mark.parametrize(("kind", "new"), [("email", "robert@example.com"), ("phone", "+12025550177")])
def test_api_changes_an_address(provider: Provider, fresh: Browser, kind: str, new: str) -> None:
    """E10: asked, then proved by the code that went there; a wrong one, and another person's, changes nothing."""
    asked = call(fresh, "POST", f"/{kind}", {kind: new}).json()
    assert new not in asked["to"]
    code = newest_code(provider.database, new)
    wrong = call(fresh, "PUT", f"/{kind}/{asked['id']}", {"code": "0000000"})
    assert (wrong.status, wrong.json()["error"]) == (422, "code_malformed")
    other = "phone" if kind == "email" else "email"
    assert call(fresh, "PUT", f"/{other}/{asked['id']}", {"code": code}).status == 404
    stranger = provider.browser()
    provider.people["carol"].answer(stranger, stranger.open("/account/password"), provider.clock.now())
    assert call(stranger, "PUT", f"/{kind}/{asked['id']}", {"code": code}).status == 404
    assert call(fresh, "PUT", f"/{kind}/{asked['id']}", {"code": code}).status == 204
    person = call(fresh, "GET", "/profile").json()
    assert (person[kind], person[f"{kind}_verified"]) == (new, True)
    assert call(fresh, "PUT", f"/{kind}/{asked['id']}", {"code": code}).status == 404


def test_api_deletes_the_account(provider: Provider, fresh: Browser, bob: Person) -> None:
    """E11: by the name that is typed, with a fresh proof; afterwards nobody is signed in by it."""
    refused = call(fresh, "DELETE", "/account", {"username": "carol"})
    assert (refused.status, refused.json()["error"]) == (422, "username_mismatch")
    assert call(fresh, "DELETE", "/account", {"username": bob.username}).status == 204
    assert call(fresh, "GET", "/profile").status == 401
    assert held(provider, bob, "password") == []


def test_api_wants_a_fresh_proof_for_addresses(provider: Provider, fresh: Browser) -> None:
    """ENR-11: with an old proof nothing is sent and nothing is deleted; where to prove is said."""
    provider.advance(3600)
    with provider.unchanged("outbox", "address_proofs", "credentials"):
        for verb, path, body in (
            ("POST", "/email", {"email": "thief@example.com"}),
            ("POST", "/phone", {"phone": "+12025550177"}),
            ("DELETE", "/account", {"username": "bob"}),
        ):
            refused = call(fresh, verb, path, body)
            assert (refused.status, refused.json()["error"]) == (403, "insufficient_user_authentication")
            assert refused.json()["step_up"].startswith("/account/")
