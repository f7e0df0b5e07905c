"""What one request tells about the browser behind it."""

from dataclasses import dataclass, field

from flask import Request

from idp.web.address import ENVIRON_KEY
from idp.web.cookies import Cookies, Jar
from idp.web.languages import Wanted, wanted
from idp.web.pairs import is_clean
from idp.web.preferences import preferences_of

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


def browser(request: Request, cookies: Cookies) -> Browser:
    """Return what this request tells about its browser."""
    device, *trusts = cookies.read(request, Jar.DEVICE).split(".")
    agent = request.headers.get("User-Agent", "")[:MAX_USER_AGENT]
    return Browser(
        session=cookies.read(request, Jar.SESSION),
        login=cookies.read(request, Jar.LOGIN),
        device=device,
        trusts=tuple(trusts),
        address=str(request.environ.get(ENVIRON_KEY, "")),
        user_agent=agent if is_clean(agent) else "",
        model=_hint(request, "Sec-CH-UA-Model"),
        release=_hint(request, "Sec-CH-UA-Platform-Version"),
        wants=wanted(request, preferences_of(request, cookies)),
    )


def _hint(request: Request, name: str) -> str:
    """Return one hint, a string of RFC 9651 §3.3.3; what is none is as good as nothing."""
    text = request.headers.get(name, "").strip()
    is_string = len(text) > 2 and text[0] == text[-1] == '"' and len(text) <= _LONGEST_HINT
    inner = text[1:-1] if is_string else ""
    return inner if is_clean(inner) and not {'"', "\\"} & set(inner) else ""
