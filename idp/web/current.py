"""What one request tells about the browser behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import flask

from idp.web.address import ENVIRON_KEY
from idp.web.cookies import Cookies, Jar
from idp.web.languages import Wanted, wanted
from idp.web.pairs import is_clean
from idp.web.preferences import preferences_of
from idp.web.wire import Request
from idp.web.wsgi import Headers

MAX_USER_AGENT = 300
"""Characters kept; the rest says nothing to a person reading a list of sessions."""
HINTS = "Sec-CH-UA-Model, Sec-CH-UA-Platform-Version"
"""What browsers are asked to tell of their device: what their descriptions have stopped telling."""
_LONGEST_HINT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """The browser's cookies and what it says of itself; an empty text where it says nothing."""

    session: str = field(default="", repr=False)
    login: str = field(default="", repr=False)
    device: str = field(default="", repr=False)
    """By what the browser is known."""
    trusts: tuple[str, ...] = field(default=(), repr=False)
    """By what people trust it: the parts of the device cookie behind the first."""
    address: str = ""
    user_agent: str = ""
    model: str = ""
    """What it calls its device, where it was asked and tells (User-Agent Client Hints)."""
    release: str = ""
    """Of its system: descriptions are frozen."""
    wants: Wanted = field(default_factory=Wanted)
    """Languages."""


def asked(request: flask.Request) -> Request:
    """Return a request of Flask's as one of the router's, but for its fields."""
    return Request(
        method=request.method,
        path=request.path,
        headers=Headers(request.environ),
        address=str(request.environ.get(ENVIRON_KEY, "")),
        query_string=request.query_string.decode("latin-1"),
    )


def browser(request: flask.Request, cookies: Cookies) -> Browser:
    """Return what a request for a page tells about its browser."""
    address = str(request.environ.get(ENVIRON_KEY, ""))
    return browser_behind(Headers(request.environ), path=request.path, address=address, cookies=cookies)


def browser_behind(headers: Mapping[str, str], *, path: str, address: str, cookies: Cookies) -> Browser:
    """Return what these headers tell about the browser that asks for `path`."""
    brought = cookies.brought(headers.get("cookie", ""))
    device, *trusts = brought.get(Jar.DEVICE, "").split(".")
    agent = headers.get("user-agent", "")[:MAX_USER_AGENT]
    return Browser(
        session=brought.get(Jar.SESSION, ""),
        login=brought.get(Jar.LOGIN, ""),
        device=device,
        trusts=tuple(trusts),
        address=address,
        user_agent=agent if is_clean(agent) else "",
        model=_hint(headers.get("sec-ch-ua-model", "")),
        release=_hint(headers.get("sec-ch-ua-platform-version", "")),
        wants=wanted(headers.get("accept-language", ""), preferences_of(brought), path=path),
    )


def _hint(said: str) -> str:
    """Return one hint, a string of RFC 9651 §3.3.3; what is none is as good as nothing."""
    text = said.strip()
    is_string = len(text) > 2 and text[0] == text[-1] == '"' and len(text) <= _LONGEST_HINT
    inner = text[1:-1] if is_string else ""
    return inner if is_clean(inner) and not {'"', "\\"} & set(inner) else ""
