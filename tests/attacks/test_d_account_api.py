"""The account's API under attack: low sessions, mass assignment, foreign pages, people who are out."""

from typing import Any

import pytest

from tests.support.account import NEW, ROOT, call
from tests.support.browser import Browser
from tests.support.enrolment import held
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


@pytest.fixture
def fresh(provider: Provider, browser: Browser, bob: Person) -> Browser:
    """A browser in which bob has just proved all he has."""
    bob.answer(browser, browser.open("/account/password"), provider.clock.now())
    return browser


def test_enr_04_low_session_removes_nothing(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """ENR-02, ENR-04: 403 with what is missing and where it is proved; nothing changes, no interaction is left."""
    provider.sign_in(browser, bank, bob)
    app = held(provider, bob)[0]
    with provider.unchanged("credentials", "interactions"):
        for verb, path, body in (
            ("DELETE", f"/methods/{app}", None),
            ("PATCH", f"/methods/{app}", {"label": "mine"}),
            ("PUT", "/password", {"new_password": NEW}),
        ):
            refused = call(browser, verb, path, body)
            assert refused.status == 403
            assert refused.json()["error"] == "insufficient_user_authentication"
            assert "urn:idp:acr:mfa" in refused.json()["acr_values"]
            assert refused.json()["max_age"] == 600
    led = bob.answer(browser, browser.open(refused.json()["step_up"]), provider.clock.now())
    assert led.location.endswith("/account/password") or browser.follow(led).url.endswith("/account/")
    assert call(browser, "PATCH", f"/methods/{app}", {"label": "mine"}).status == 204


@pytest.mark.parametrize(
    "body",
    [
        {"email_verified": True},
        {"roles": ["owner"]},
        {"user_id": "x", "given_name": "B"},
        {"mfa_required": False},
        {"given_name": 1},
        {"given_name": None},
        [],
        "text",
    ],
)
def test_enr_06_no_mass_assignment(provider: Provider, fresh: Browser, body: Any) -> None:
    """ENR-06: a member that is not known is refused, and nothing of the rest is kept."""
    before = provider.dump()
    refused = call(fresh, "PATCH", "/profile", body)
    assert (refused.status, refused.json()["error"]) == (400, "invalid_request")
    assert [line for line in provider.dump().splitlines() if line.startswith("users")] == [
        line for line in before.splitlines() if line.startswith("users")
    ]


def test_ses_13_session_is_ended(provider: Provider, fresh: Browser, bob: Person, bank: RelyingParty) -> None:
    """SES-13: dead at once; somebody else's is none of his."""
    other = provider.browser()
    theirs = provider.sign_in(other, bank, bob).claims["sid"]
    foreign = provider.sign_in(provider.browser(), bank, provider.people["alice"]).claims["sid"]
    assert call(fresh, "DELETE", f"/sessions/{foreign}").status == 404
    assert call(fresh, "DELETE", f"/sessions/{theirs}").status == 204
    assert other.open("/account/sessions").has("login-submit")
    provider.sign_in(other, bank, bob)
    assert call(fresh, "DELETE", "/sessions").status == 204
    assert other.open("/account/sessions").has("login-submit")
    assert call(fresh, "GET", "/profile").status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_ses_05_foreign_pages_change_nothing(
    provider: Provider, fresh: Browser, headers: dict[str, str], status: int
) -> None:
    """SES-05: cross-site, of no origin, or in a shape that a form could send: refused, and nothing changes."""
    refused = call(fresh, "PATCH", "/profile", {"given_name": "Mallory"}, **headers)
    assert refused.status == status
    assert call(fresh, "GET", "/profile").json()["given_name"] == ""


def test_ses_05_whoever_does_not_say_where_from_is_refused(fresh: Browser) -> None:
    """Neither Origin nor Sec-Fetch-Site: no browser sends that from a page of ours."""
    assert fresh.send_json("DELETE", f"{ROOT}/sessions", None, headers={}).status == 403


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_ses_05_other_verbs_do_nothing(fresh: Browser, verb: str) -> None:
    """A write by GET or by a form's POST is no operation."""
    assert call(fresh, verb, "/password", {"new_password": NEW}).status == 405


def test_ses_14_disabled_person_is_nobody(provider: Provider, fresh: Browser, bob: Person) -> None:
    """SES-14: at once, here too."""
    provider.disable(bob)
    assert call(fresh, "GET", "/profile").status == 401
