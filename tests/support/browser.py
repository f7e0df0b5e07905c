"""A browser without a screen: one cookie jar, real forms, redirects followed only when asked, every request recorded.

It behaves as browsers do where it matters to security: host-only cookies, SameSite=Lax, Origin and Sec-Fetch-Site.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from tests.support.cookies import CookieJar
from tests.support.pages import Document, Form
from tests.support.transport import Reply, Transport

Fields = Mapping[str, str] | Sequence[tuple[str, str]]
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Page:
    """One answer, and the request that it answers."""

    method: str
    url: str
    reply: Reply = field(repr=False)

    @property
    def status(self) -> int:
        return self.reply.status

    @cached_property
    def text(self) -> str:
        return self.reply.body.decode()

    @cached_property
    def document(self) -> Document:
        return Document(self.text)

    def json(self) -> Any:
        return json.loads(self.reply.body)

    def header(self, name: str) -> str:
        """Return the header's value, several joined by a comma, or ''."""
        return ", ".join(value for key, value in self.reply.headers if key.lower() == name.lower())

    @property
    def set_cookies(self) -> list[str]:
        return [value for key, value in self.reply.headers if key.lower() == "set-cookie"]

    @property
    def location(self) -> str:
        """Where this answer sends the browser, absolute, or ''."""
        return urljoin(self.url, self.header("location")) if self.header("location") else ""

    @property
    def answer(self) -> dict[str, str]:
        """The parameters of an authorization response, by query or by form_post; each given once."""
        if self.location:
            return {name: _only(values) for name, values in parse_qs(urlsplit(self.location).query, True).items()}
        form = self.document.forms[0]
        return {control.name: control.value for control in form.controls if control.name}

    def has(self, element_id: str) -> bool:
        return element_id in self.document.ids

    def __str__(self) -> str:
        return f"{self.method} {self.url} -> {self.status} {self.location or self.reply.body[:400]!r}"


def _only(values: list[str]) -> str:
    assert len(values) == 1, f"given more than once: {values}"
    return values[0]


class Browser:
    """One person's browser."""

    def __init__(
        self,
        transport: Transport,
        *,
        origin: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        agent: str = "",
    ) -> None:
        self.origin = origin
        self.jar = CookieJar(now)
        self.record: list[Page] = []
        self.transport = transport
        self._agent = agent or "Mozilla/5.0 (X11; Linux x86_64) test browser"

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Page:
        """Go to `url` and stop at its answer."""
        return self._send("GET", url, headers or {}, b"", is_lax_allowed=True)

    def open(self, url: str) -> Page:
        """Go to `url` and follow redirects as long as they stay at the provider."""
        return self.follow(self.get(url))

    def follow(self, page: Page) -> Page:
        """Follow redirects from `page` as long as they stay at the provider."""
        for _ in range(10):
            if page.status not in {302, 303} or not page.location.startswith(self.origin + "/"):
                return page
            page = self.get(page.location)
        raise AssertionError(f"a loop of redirects at {page.url}")

    def post(
        self,
        url: str,
        fields: Fields,
        *,
        site: str | None = "",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Page:
        """Post a form from `site` (default: the provider's own page; None: no Origin at all).

        From a foreign site the browser sends no Lax cookie.
        """
        site = self.origin if site == "" else site
        sent = {"Content-Type": FORM, **_origin_headers(site, self.origin), **(headers or {})}
        encoded = urlencode(fields).encode() if body is None else body
        return self._send("POST", url, sent, encoded, is_lax_allowed=site in {self.origin, None})

    def send_json(self, method: str, url: str, body: Any = None, *, headers: Mapping[str, str] | None = None) -> Page:
        """Send what a script on one of the provider's pages sends; `headers` say where it comes from."""
        sent = {"Content-Type": "application/json"} | dict(headers or {})
        content = b"" if body is None else json.dumps(body).encode()
        return self._send(method, urljoin(self.origin, url), sent, content, is_lax_allowed=True)

    def submit(self, page: Page, typed: Mapping[str, str] | None = None, *, button: str = "") -> Page:
        """Fill the form of `page` that holds `button` (by id) and click it; stop at the answer."""
        form, url, entries = self.fill(page, typed or {}, button=button)
        if form.method == "GET":
            return self.get(f"{url.partition('?')[0]}?{urlencode(entries)}")
        return self.post(url, entries)

    def fill(
        self, page: Page, typed: Mapping[str, str], *, button: str = ""
    ) -> tuple[Form, str, list[tuple[str, str]]]:
        """Return the form, where it goes, and what it sends, without sending it."""
        form = page.document.form_with(button) if button else page.document.forms[0]
        clicked = form.control(button) if button else (form.buttons or [None])[0]
        url = urljoin(page.url, (clicked and clicked.attributes.get("formaction")) or form.action or page.url)
        return form, url, form.entries(typed, clicked)

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, is_lax_allowed: bool) -> Page:
        url = urljoin(self.origin + "/", url)
        sent = {"User-Agent": self._agent, "Accept": "text/html", "Accept-Language": "en", **headers}
        cookies = self.jar.header(url, is_lax_allowed=is_lax_allowed)
        if cookies and "Cookie" not in sent:
            sent["Cookie"] = cookies
        reply = self.transport.send(method, url, [(name, value) for name, value in sent.items() if value], body)
        page = Page(method, url, reply)
        self.jar.keep(url, page.set_cookies)
        self.record.append(page)
        return page


def _origin_headers(site: str | None, own: str) -> dict[str, str]:
    if site is None:
        return {}
    return {"Origin": site, "Sec-Fetch-Site": "same-origin" if site == own else "cross-site"}
