"""The authorization request, checked once: from parameters to a frozen `AuthorizationRequest`, or a refusal.

In two steps, because they are refused differently (RFC 6749 §4.1.2.1): `verify_target` finds out where an answer may
be sent, and raises PageError; `parse` checks all the rest and raises RedirectError. PKCE is enforced here (RFC 7636
§4.4.1). What is asked of the person leaves as a `Demand`; what the answer needs stays in `Resume`. Nothing is decided.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from idp.core.errors import PageError, RedirectError
from idp.oidc import asking, claims_request, pkce, redirects, scopes
from idp.oidc.asking import Known
from idp.oidc.claims_request import ClaimsRequest
from idp.oidc.parameters import Parameters
from idp.policy.model import Demand
from idp.policy.wishes import asked_spellings
from idp.records.clients.model import Client

RESPONSE_MODES = ("query", "form_post")
_SCOPE = re.compile(r"[\x20\x21\x23-\x5B\x5D-\x7E]+")
_NOT_SUPPORTED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}
"""OIDC Core 1.0 §3.1.2.6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an answer may be sent: a known client, and a redirection URI of its own."""

    client: Client
    redirect_uri: str
    response_mode: str
    state: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """What the answer will need: the finisher's own JSON in an interaction."""

    client_id: str
    redirect_uri: str
    response_mode: str
    state: str | None = field(repr=False)
    scopes: tuple[str, ...] = ()
    nonce: str | None = None
    code_challenge: str = ""
    claims: str = "{}"
    asked_acr: tuple[str, ...] = ()
    """Levels that a token may name, as they were spelled, in order of preference."""
    subjects: tuple[tuple[str, ...], ...] = ()
    """Each tuple must hold the `sub` that is answered for (OIDC Core 1.0 §3.1.2.2): from `claims`, from the hint."""
    wants_auth_time: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A request that may be carried out."""

    demand: Demand
    resume: Resume


def verify_target(parameters: Parameters, client_of: Callable[[str], Client | None]) -> Target:
    """Return where to answer; raise PageError where client or redirection URI cannot be trusted."""
    if parameters.unusable(("client_id", "redirect_uri")):
        raise PageError("invalid_request", "The client or the return address is given twice or malformed.")
    client = client_of(parameters.get("client_id") or "")
    if client is None or client.disabled_at is not None:
        raise PageError("invalid_client", "This application is not known here.")
    redirect_uri = parameters.get("redirect_uri")
    if redirect_uri is None or not redirects.is_registered(redirect_uri, client):
        raise PageError("invalid_redirect_uri", "This return address is not registered for the application.")
    if "state" in parameters.malformed:
        # It could not be echoed, and an answer without the state that was sent is none (RFC 6749 §4.1.2.1).
        raise PageError("invalid_request", "The state parameter is malformed.")
    mode = parameters.get("response_mode") or "query"
    return Target(
        client=client,
        redirect_uri=redirect_uri,
        response_mode=mode if mode in RESPONSE_MODES else "query",
        state=parameters.get("state"),
    )


def check_way(client: Client, *, is_pushed: bool) -> None:
    """Raise RedirectError where a client must push its requests, and this one was not (RFC 9126 §6)."""
    if client.require_pushed_authorization_requests and not is_pushed:
        raise RedirectError("invalid_request", "This application must push its requests.")


def parse(parameters: Parameters, target: Target, known: Known) -> AuthorizationRequest:
    """Check everything but the target; raise RedirectError at the first thing that is wrong."""
    client = target.client
    _check_supported(parameters)
    _check_response(parameters, client)
    wanted = claims_request.parse(parameters.get("claims"), client.scope)
    granted = _scopes(parameters, client)
    demand = asking.parse(parameters, client, wanted=wanted, known=known)
    return AuthorizationRequest(
        # Consent is asked for what is released, also where a claim was named singly and not through its scope.
        demand=replace(demand, scopes=tuple(dict.fromkeys((*granted, *wanted.scopes)))),
        resume=Resume(
            client_id=client.client_id,
            redirect_uri=target.redirect_uri,
            response_mode=target.response_mode,
            state=target.state,
            scopes=granted,
            nonce=parameters.get("nonce"),
            code_challenge=_challenge(parameters, client),
            claims=wanted.text,
            asked_acr=asked_spellings(known.bundle, demand),
            subjects=wanted.subjects + (((demand.subject,),) if demand.subject else ()),
            wants_auth_time=_wants_auth_time(demand, client, wanted),
        ),
    )


def _check_supported(parameters: Parameters) -> None:
    for name, error in _NOT_SUPPORTED.items():
        if parameters.get(name) or parameters.unusable((name,)):
            raise RedirectError(error)
    if parameters.doubled or parameters.malformed:
        raise RedirectError("invalid_request", "A parameter is given twice or malformed.")


def _check_response(parameters: Parameters, client: Client) -> None:
    """Code flow alone, answered in the query or by a posted form (RFC 9700 §2.1.2)."""
    response_type = parameters.get("response_type")
    if response_type is None:
        raise RedirectError("invalid_request", "The response_type is missing.")
    if response_type != "code":
        raise RedirectError("unsupported_response_type")
    if "code" not in client.response_types or "authorization_code" not in client.grant_types:
        raise RedirectError("unauthorized_client")
    if parameters.get("response_mode") not in (None, *RESPONSE_MODES):
        raise RedirectError("invalid_request", "The response_mode is not supported.")


def _challenge(parameters: Parameters, client: Client) -> str:
    """Return the S256 challenge (RFC 7636 §4.3); empty only where an administrator has made PKCE optional."""
    challenge, method = parameters.get("code_challenge"), parameters.get("code_challenge_method")
    if challenge is None and method is None and not requires_pkce(client):
        return ""
    if challenge is None:
        raise RedirectError("invalid_request", "The code_challenge is missing.")
    # A missing method would mean `plain` (RFC 7636 §4.3), which is refused in either form (OAU-13).
    if method != "S256" or not pkce.is_challenge(challenge):
        raise RedirectError("invalid_request", "The code_challenge_method must be S256.")
    return challenge


def requires_pkce(client: Client) -> bool:
    """Tell whether this client must use PKCE: only a confidential one can be excused (RFC 9700 §2.1.1)."""
    return client.require_pkce or client.token_endpoint_auth_method == "none"


def _scopes(parameters: Parameters, client: Client) -> tuple[str, ...]:
    """Return the scopes that may be granted (RFC 6749 §3.3)."""
    if not _SCOPE.fullmatch(parameters.get("scope") or ""):
        raise RedirectError("invalid_scope")
    # OIDC Core 1.0 §11: to a client that cannot refresh, `offline_access` means nothing.
    registered = [name for name in client.scope if name != scopes.OFFLINE or "refresh_token" in client.grant_types]
    granted = scopes.granted(parameters.list_of("scope"), registered)
    if not granted:
        raise RedirectError("invalid_scope")
    return granted


def _wants_auth_time(demand: Demand, client: Client, wanted: ClaimsRequest) -> bool:
    """Tell whether `auth_time` was asked for (OIDC Core 1.0 §2); we send it in any case."""
    asked = demand.max_age is not None or demand.default_max_age is not None
    return asked or client.require_auth_time or "auth_time" in wanted.id_token
