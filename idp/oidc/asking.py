"""What an authorization request asks of the person: from its parameters to a policy `Demand`.

Reads `prompt`, `max_age`, `acr_values`, the `acr` and `sub` of `claims`, `id_token_hint`, `authorization_details` and
the hints (OIDC Core 1.0 §3.1.2.1, RFC 9470 §4, RFC 9396). It only reads: what must follow is policy's to say.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.core.errors import RedirectError
from idp.oidc import details, hints
from idp.oidc.claims_request import ClaimsRequest
from idp.oidc.parameters import Parameters
from idp.policy.language import Bundle
from idp.policy.model import Demand
from idp.records.clients.model import Client

PROMPTS = ("none", "login", "consent", "select_account", "create")
_MAX_AGE = re.compile(r"[0-9]{1,9}", re.ASCII)
_MOST_ACR_VALUES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the provider can be asked for today."""

    bundle: Bundle
    issuer: str
    public_jwks: Callable[[], Mapping[str, Any]]


def parse(parameters: Parameters, client: Client, *, wanted: ClaimsRequest, known: Known) -> Demand:
    """Return what is asked of the person; raise RedirectError at the first thing that is wrong."""
    named = details.parse(parameters.get("authorization_details"), known.bundle.actions)
    return Demand(
        client_id=client.client_id,
        acr_values=_acr_values(parameters),
        essential_acr=_essential_acr(wanted, known.bundle),
        requested_acr=wanted.requested_acr,
        default_acr_values=client.default_acr_values,
        max_age=_max_age(parameters),
        default_max_age=client.default_max_age,
        prompt=_prompt(parameters),
        actions=named.actions,
        details=named.members,
        subject=_subject(parameters, client, wanted=wanted, known=known),
        login_hint=parameters.get("login_hint") or "",
        ui_locales=parameters.list_of("ui_locales"),
    )


def _prompt(parameters: Parameters) -> tuple[str, ...]:
    """Return the prompt values (OIDC Core 1.0 §3.1.2.1); `create` and `select_account` ask for a login."""
    text = parameters.get("prompt")
    if text is None:
        return ()
    values = text.split(" ")
    if len(set(values)) != len(values) or not set(values) <= set(PROMPTS):
        raise RedirectError("invalid_request", "The prompt parameter is malformed.")
    if "none" in values and len(values) > 1:
        raise RedirectError("invalid_request", "The prompt none cannot be combined.")
    return tuple(dict.fromkeys("login" if value in ("create", "select_account") else value for value in values))


def _max_age(parameters: Parameters) -> int | None:
    """Return `max_age` in seconds: a non-negative integer, and nothing that merely resembles one (ACR-18)."""
    text = parameters.get("max_age")
    if text is None:
        return None
    if not _MAX_AGE.fullmatch(text):
        raise RedirectError("invalid_request", "The max_age parameter is malformed.")
    return int(text)


def _acr_values(parameters: Parameters) -> tuple[str, ...]:
    values = parameters.list_of("acr_values")
    if len(values) > _MOST_ACR_VALUES:
        raise RedirectError("invalid_request", "There are too many acr_values.")
    return values


def _essential_acr(wanted: ClaimsRequest, bundle: Bundle) -> tuple[str, ...]:
    """Return the values one of which must be reached (OIDC Core 1.0 §5.5.1.1); none known fails before any page."""
    if not wanted.essential_acr:
        return ()
    first, *others = wanted.essential_acr
    # Asked for in both members: the one `acr` there is must please both.
    values = tuple(value for value in first if all(value in other for other in others))
    if bundle.names.keys().isdisjoint(values):
        raise RedirectError("unmet_authentication_requirements")
    return values


def _subject(parameters: Parameters, client: Client, *, wanted: ClaimsRequest, known: Known) -> str | None:
    """Return the one person who may answer, where the request names one (OIDC Core 1.0 §3.1.2.2)."""
    named = {subjects[0] for subjects in wanted.subjects if len(subjects) == 1}
    hint = parameters.get("id_token_hint")
    if hint is not None:
        jwks = known.public_jwks()
        named.add(hints.subject_of(hint, issuer=known.issuer, client_id=client.client_id, public_jwks=jwks))
    if len(named) > 1:
        raise RedirectError("invalid_request", "The request names several people.")
    return named.pop() if named else None
