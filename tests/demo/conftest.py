"""A demo in this process: the real provider on a port, the real bank beside it, and a visitor with one cookie jar."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pyotp
import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

from idp.app import create_app
from idp.core.clock import SystemClock
from idp.core.tokens import SystemTokens
from idp.demo import seed, servers
from idp.demo.bank.sessions import BankSessions
from idp.demo.place import Place
from idp.settings import Settings
from tests.support.demo import begun, started_again
from tests.support.pages import Document

__all__ = ["begun", "place", "provider", "visitor"]


class Quiet(WSGIRequestHandler):
    def log(self, *_args: Any) -> None:
        """Say nothing."""


@dataclass
class Visitor:
    """Somebody at a browser: the bank is called in this process, the provider over its port."""

    place: Place
    bank: FlaskClient
    provider: requests.Session

    def open(self, path: str) -> TestResponse:
        """Open one of the bank's pages, following no redirect."""
        return self.bank.get(path)

    def at_provider(self, url: str, data: dict[str, str] | None = None) -> requests.Response:
        """Go to the provider and stay there as long as it redirects to itself."""
        method = "GET" if data is None else "POST"
        answer = self.provider.request(method, url, data=data, allow_redirects=False, timeout=10)
        while answer.is_redirect and urljoin(url, answer.headers["location"]).startswith(self.place.issuer):
            answer = self.provider.get(urljoin(url, answer.headers["location"]), allow_redirects=False, timeout=10)
        return answer

    def fill(self, page: requests.Response, button: str, **typed: str) -> requests.Response:
        """Fill in the form with this button, and click it."""
        form = Document(page.text).form_with(button)
        return self.at_provider(urljoin(page.url, form.action or page.url), form.entries(typed, form.control(button)))

    def back(self, answer: requests.Response) -> TestResponse:
        """Come back to the bank with the provider's answer."""
        parts = urlsplit(answer.headers["location"])
        assert f"{parts.scheme}://{parts.netloc}" == self.place.bank
        return self.bank.get(f"{parts.path}?{parts.query}")

    def sign_in(self, name: str) -> TestResponse:
        """Sign in at the bank with a name and a password."""
        password = seed.read(self.place)["people"][name]["password"]
        page = self.at_provider(self.open("/sign-in").headers["location"])
        return self.back(self.fill(page, "login-submit", username=name, password=password))

    def transfer(self, to: str = "Dora", amount: str = "25.50") -> TestResponse:
        """Ask the bank to move money."""
        return self.bank.post("/transfer", data={"to": to, "amount": amount})

    def cookie(self) -> str:
        """Return what the bank's cookie holds."""
        cookie = self.bank.get_cookie(f"bank_{self.place.rp_port}")
        assert cookie is not None
        return cookie.value

    def sessions(self) -> list[dict[str, Any]]:
        """Return all that the bank keeps on its side."""
        interface = self.bank.application.session_interface
        assert isinstance(interface, BankSessions)
        return list(interface._kept.values())

    def kept(self) -> dict[str, Any]:
        """Return what the bank keeps of this visitor, to be changed."""
        return self.sessions()[-1]

    def refresh(self, token: str) -> requests.Response:
        """Present a refresh token as the bank would."""
        bank = seed.read(self.place)["clients"]["bank"]
        return requests.post(
            f"{self.place.issuer}/token",
            data={"grant_type": "refresh_token", "refresh_token": token},
            auth=(bank["client_id"], bank["client_secret"]),
            timeout=10,
        )

    def code(self, name: str = "bob") -> str:
        """Return what the authenticator app shows now."""
        return pyotp.TOTP(seed.read(self.place)["people"][name]["totp_secret"]).at(datetime.now(UTC))


@pytest.fixture
def place(tmp_path: Path, begun: Path) -> Place:
    """A demo that has been prepared."""
    return started_again(begun, tmp_path)


@pytest.fixture
def provider(place: Place) -> Iterator[BaseWSGIServer]:
    """The provider, listening."""
    app = create_app(Settings.from_env(place.environ()), clock=SystemClock(), tokens=SystemTokens())
    server = make_server("127.0.0.1", place.port, app.wsgi, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
    app.close()


@pytest.fixture
def visitor(place: Place, provider: BaseWSGIServer) -> Iterator[Visitor]:
    """Somebody who has never been here."""
    with requests.Session() as session:
        yield Visitor(place, servers.bank(place).test_client(), session)
