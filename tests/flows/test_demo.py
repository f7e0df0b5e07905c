"""The demo by plain HTTP, as a script would drive it: bob, his password, and then his code alone."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from tests.support.browser import Page
from tests.support.demo import Demo, demo
from tests.support.pages import Document
from tests.support.relying_party import Attempt, RelyingParty, Tokens
from tests.support.transport import OverHttp, Reply
from tests.support.waiting import until

ONE, MFA = "urn:idp:acr:1fa", "urn:idp:acr:mfa"

pytestmark = pytest.mark.workers


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo of this file lives."""
    return Path(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def people(folder: Path) -> Mapping[str, Any]:
    """Those whom the first start found, or rather made."""
    with demo(folder) as it:
        found: Mapping[str, Any] = it.document["people"]
        return found


@pytest.fixture(scope="module")
def running(folder: Path, people: Mapping[str, Any]) -> Iterator[Demo]:
    """One demo for this file, started for the second time."""
    with demo(folder) as it:
        yield it


@pytest.fixture
def bank(running: Demo) -> RelyingParty:
    """The bank's registration, in the hands of a script."""
    client = running.document["clients"]["bank"]
    return RelyingParty(
        OverHttp(),
        issuer=running.issuer,
        client_id=client["client_id"],
        secret=client["client_secret"],
        redirect_uri=client["redirect_uris"][0],
        now=lambda: datetime.now(UTC),
        alg="ES256",
    )


def go(session: requests.Session, url: str, stay_at: str) -> requests.Response:
    """Follow redirects as long as they stay at the provider."""
    answer = session.get(url, allow_redirects=False)
    while answer.is_redirect and urljoin(answer.url, answer.headers["location"]).startswith(stay_at + "/"):
        answer = session.get(urljoin(answer.url, answer.headers["location"]), allow_redirects=False)
    return answer


def fill(session: requests.Session, page: requests.Response, button: str, **typed: str) -> requests.Response:
    """Fill the form with this button, and click it."""
    form = Document(page.text).form_with(button)
    entries = form.entries(typed, form.control(button))
    return session.post(urljoin(page.url, form.action or page.url), data=entries, allow_redirects=False)


def tokens_of(bank: RelyingParty, attempt: Attempt, answer: requests.Response) -> Tokens:
    reply = Reply(answer.status_code, tuple(answer.headers.items()), answer.content)
    return bank.tokens(attempt, Page("GET", answer.url, reply))


def test_demo_bob_steps_up_with_the_code_alone(running: Demo, bank: RelyingParty) -> None:
    """bob signs in with his password; asked for mfa he gives the code only; acr, amr and auth_time say so."""
    bob, session = running.person("bob"), requests.Session()
    first = bank.attempt()
    page = go(session, first.url, running.issuer)
    low = tokens_of(bank, first, fill(session, page, "login-submit", username=bob.username, password=bob.password))
    assert (low.acr, low.amr) == (ONE, {"pwd"})
    second = bank.attempt(acr_values=MFA)
    page = go(session, second.url, running.issuer)
    ids = Document(page.text).ids
    assert "code" in ids
    assert "password" not in ids
    now = datetime.now(UTC)
    high = tokens_of(bank, second, fill(session, page, "challenge-submit", code=bob.code(now)))
    assert (high.acr, high.amr) == (MFA, {"pwd", "otp", "mfa"})
    assert now.timestamp() - 1 <= high.auth_time <= datetime.now(UTC).timestamp()
    assert low.auth_time <= high.auth_time


def test_demo_sign_out_at_the_provider_is_one_at_the_bank(running: Demo) -> None:
    """OIDC Back-Channel Logout 1.0: bob signs out at the account, and the bank, which was told, knows him no more."""
    bob, session = running.person("bob"), requests.Session()
    page = go(
        session, session.get(f"{running.bank}/sign-in", allow_redirects=False).headers["location"], running.issuer
    )
    back = fill(session, page, "login-submit", username=bob.username, password=bob.password)
    session.get(back.headers["location"])
    assert "Bob Baker" in session.get(running.bank).text
    fill(session, go(session, f"{running.issuer}/logout", running.issuer), "logout-yes")
    until(lambda: "Bob Baker" not in session.get(running.bank).text)
    assert "Welcome" in session.get(running.bank).text


def test_demo_unmet_essential_level(running: Demo, bank: RelyingParty) -> None:
    """An essential `phrh` is answered `unmet_authentication_requirements`, after a page with the reason."""
    bob, session = running.person("bob"), requests.Session()
    first = bank.attempt()
    tokens_of(
        bank,
        first,
        fill(
            session,
            go(session, first.url, running.issuer),
            "login-submit",
            username=bob.username,
            password=bob.password,
        ),
    )
    attempt = bank.attempt(claims='{"id_token":{"acr":{"essential":true,"values":["phrh"]}}}')
    page = go(session, attempt.url, running.issuer)
    assert page.status_code == 200
    document = Document(page.text)
    assert document.text_of("h1")
    form = document.forms[0]
    entries = form.entries({}, (form.buttons or [None])[0])
    answer = session.post(urljoin(page.url, form.action or page.url), data=entries, allow_redirects=False)
    while answer.is_redirect and answer.headers["location"].startswith((running.issuer, "/")):
        answer = session.get(urljoin(answer.url, answer.headers["location"]), allow_redirects=False)
    reply = Reply(answer.status_code, tuple(answer.headers.items()), answer.content)
    assert bank.error(attempt, Page("GET", answer.url, reply)) == "unmet_authentication_requirements"


def test_demo_outbox_is_readable_by_scripts(running: Demo) -> None:
    """The outbox is a list, newest first, also while nothing was sent (surface.md)."""
    assert isinstance(requests.get(f"{running.bank}/outbox.json", timeout=10).json(), list)


@pytest.mark.parametrize("name", ["alice", "bob", "carol", "dave", "admin"])
def test_demo_everybody_has_what_a_script_needs(running: Demo, name: str) -> None:
    """demo.json keeps its shape (surface.md)."""
    person = running.document["people"][name]
    assert set(person) >= {"username", "password", "totp_secret", "email", "phone"}
    assert running.document["issuer"] == running.issuer


def test_demo_starts_again_where_it_was(running: Demo, people: Mapping[str, Any]) -> None:
    """A second start in the same folder finds its people again, and the bank where it now is."""
    assert running.document["people"] == people
    assert running.document["issuer"] == running.issuer
