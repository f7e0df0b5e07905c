"""A relying party that hops on to a third origin after its callback: our pages must not stand still.

Browsers apply `form-action` to the whole chain of redirects that a form starts, a relying party's own included.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.cluster import Cluster, cluster
from tests.support.relying_party import RelyingParty

pytestmark = pytest.mark.browser


@contextmanager
def site(answer: str, *, hops_to: str = "") -> Iterator[str]:
    """Serve one page everywhere, or send everybody on; return the origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(303 if hops_to else 200)
            if hops_to:
                self.send_header("Location", hops_to)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(answer.encode())

        do_POST = do_GET  # noqa: N815 -- the name that http.server calls

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A provider of one process."""
    with cluster(request, "sqlite", folder=Path(tmp_path_factory.mktemp("third")), workers=1, racers=0) as it:
        yield it


@pytest.fixture(scope="module")
def hopper(running: Cluster) -> Iterator[tuple[RelyingParty, str]]:
    """A third-party client whose callback sends the browser on to another origin."""
    with site("<h1>arrived</h1>") as third, site("", hops_to=third + "/arrived") as own:
        yield running.provider.add_client("hopper", redirect_uris=(own + "/cb",), first_party=False), third


def sign_in(page: Page, running: Cluster, url: str, *, name: str) -> None:
    person = running.people[name]
    page.goto(url)
    page.fill("#username", person.username)
    page.fill("#password", person.password)
    page.click("#login-submit")


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_hop_to_a_third_origin_is_not_blocked(
    chrome: Browser, running: Cluster, hopper: tuple[RelyingParty, str], mode: str, has_scripts: bool
) -> None:
    """After sign-in, consent and callback the browser arrives at the third origin, by query and by posted form."""
    party, third = hopper
    page = chrome.new_context(java_script_enabled=has_scripts).new_page()
    sign_in(page, running, party.attempt(response_mode=mode, prompt="consent", scope="openid email").url, name="alice")
    page.click("#consent-allow")
    if mode == "form_post" and not has_scripts:
        page.locator("main form button").first.click()
    page.wait_for_url(third + "/arrived")
    assert page.inner_text("h1") == "arrived"
    page.context.close()


def test_hop_after_a_refusal_is_not_blocked(
    chrome: Browser, running: Cluster, hopper: tuple[RelyingParty, str]
) -> None:
    """The page with the reason leads on to the relying party and wherever it goes."""
    party, third = hopper
    page = chrome.new_page()
    sign_in(page, running, party.attempt(acr_values="urn:idp:acr:mfa").url, name="alice")
    page.locator("main form button").first.click()
    page.wait_for_url(third + "/arrived")
    page.context.close()
