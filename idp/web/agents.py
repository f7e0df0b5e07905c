"""What a browser says it is: families and versions, read from its description and remembered for a while."""

from dataclasses import dataclass
from functools import lru_cache

from ua_parser import parse

_REMEMBERED = 4096
_TABLETS = ("iPad", "Tablet")
_MOBILE_SYSTEMS = frozenset({"iOS", "Android", "Windows Phone"})
_NAMED = frozenset(
    {
        *("Chrome", "Chrome Mobile", "Chrome Mobile iOS", "Chrome Mobile WebView", "Chromium", "HeadlessChrome"),
        *("Firefox", "Firefox Mobile", "Firefox iOS", "Safari", "Mobile Safari", "Mobile Safari UI/WKWebView"),
        *("Edge", "Edge Mobile", "Opera", "Opera Mobile", "Samsung Internet", "Vivaldi", "DuckDuckGo Mobile"),
        *("Windows", "Mac OS X", "Linux", "Ubuntu", "Debian", "Fedora", "Android", "iOS", "Chrome OS"),
        *("curl", "Python Requests"),
    }
)
"""What people are told of by name: a description may name anything else, a sentence too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A browser's families and versions; empty where it says nothing."""

    device: str = ""
    system: str = ""
    system_version: str = ""
    browser: str = ""
    browser_version: str = ""


@lru_cache(maxsize=_REMEMBERED)
def agent_of(text: str) -> Agent:
    """Return what a description says."""
    if not text:
        return Agent()
    found = parse(text)
    system = found.os.family if found.os else ""
    version = found.os.major if found.os and found.os.major else ""
    return Agent(
        device=_device(text, system),
        system=system,
        system_version=f"{system} {version}".strip(),
        browser=found.user_agent.family if found.user_agent else "",
        browser_version=(found.user_agent.major or "") if found.user_agent else "",
    )


def agent_words(text: str) -> str:
    """Return how people know a browser, such as `Firefox · Linux`; empty where it says nothing that we know.

    Never a text of its own: whoever sends it has our pages and mails say it, to those whom they warn of him (MSG-07).
    """
    found = agent_of(text)
    return " · ".join(each for each in (found.browser, found.system) if each in _NAMED)


def _device(text: str, system: str) -> str:
    if any(word in text for word in _TABLETS):
        return "tablet"
    return "mobile" if system in _MOBILE_SYSTEMS or "Mobile" in text else "desktop"
