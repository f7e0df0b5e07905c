"""What a browser says it is: families and versions, read from its description and remembered for a while."""

from dataclasses import dataclass
from functools import lru_cache

from ua_parser import parse

_REMEMBERED = 4096
_TABLETS = ("iPad", "Tablet")
_MOBILE_SYSTEMS = frozenset({"iOS", "Android", "Windows Phone"})


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
    """Return how people know a browser, such as `Firefox · Linux`; what says nothing of itself is told as it is."""
    found = agent_of(text)
    known = [each for each in (found.browser, found.system) if each and each != "Other"]
    return " · ".join(known) if found.browser in known else text


def _device(text: str, system: str) -> str:
    if any(word in text for word in _TABLETS):
        return "tablet"
    return "mobile" if system in _MOBILE_SYSTEMS or "Mobile" in text else "desktop"
