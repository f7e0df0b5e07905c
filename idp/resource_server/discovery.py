"""What the provider says of itself (OIDC Discovery 1.0 §4, RFC 8414), read once in a while.

The rule it keeps: the document must name the issuer it was asked for, letter by letter (§4.3), and every address in it
obeys the same rule as the issuer's own.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from idp.core.clock import Clock
from idp.resource_server.cache import Keeping, Kept
from idp.resource_server.errors import ProviderUnavailableError
from idp.resource_server.fetch import Fetcher, is_safe_url
from idp.resource_server.json_text import parse_object
from idp.resource_server.levels import Levels

_KEEPING = Keeping(default=timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Metadata:
    """The part of the document that an API needs."""

    issuer: str
    jwks_uri: str
    introspection_endpoint: str
    levels: Levels


def metadata(issuer: str, *, fetcher: Fetcher, clock: Clock) -> Kept[Metadata]:
    """Return the provider's metadata, to be fetched when first needed."""
    address = issuer.rstrip("/") + "/.well-known/openid-configuration"

    def load() -> tuple[Metadata, timedelta]:
        answer = fetcher.fetch(address)
        if answer.status != 200:
            raise ProviderUnavailableError("discovery is not answered with 200")
        return _parse(answer.body, issuer), _KEEPING.lifetime(answer.headers)

    return Kept(load, clock=clock, keeping=_KEEPING)


def _parse(body: bytes, issuer: str) -> Metadata:
    try:
        document = parse_object(body)
    except ValueError as error:
        raise ProviderUnavailableError("discovery is not a JSON object") from error
    if document.get("issuer") != issuer:
        raise ProviderUnavailableError("discovery names another issuer")
    return Metadata(
        issuer=issuer,
        jwks_uri=_address(document, "jwks_uri", is_needed=True),
        introspection_endpoint=_address(document, "introspection_endpoint", is_needed=False),
        levels=Levels(document.get("acr_satisfied_by")),
    )


def _address(document: dict[str, Any], name: str, *, is_needed: bool) -> str:
    value = document.get(name, "")
    if value == "" and not is_needed:
        return ""
    if not isinstance(value, str) or not is_safe_url(value):
        raise ProviderUnavailableError(f"discovery has no usable {name}")
    return value
