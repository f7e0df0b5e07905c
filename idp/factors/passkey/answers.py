"""What a browser sends at the end of a ceremony: JSON of WebAuthn's own form, read strictly and within bounds.

Ids and bytes are unpadded base64url, `id` and `rawId` are the same, an id has at most 1,023 bytes (WebAuthn Level 3
§5.1, §7.1 step 25). What a page of another origin had a hand in is refused: `crossOrigin` must not be true and there is
no `topOrigin` (§5.8.1; WAN-16). Whatever is not so is None: no answer at all (WAN-17).
"""

import base64
from typing import Annotated, Any, Literal, TypeVar

import msgspec

MAX_ANSWER = 32 * 1024
"""Characters; an attestation with its chain of certificates takes some 8,000."""
_BASE64URL = r"\A[A-Za-z0-9_-]*\Z"
KeyId = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]+\Z", max_length=1364)]
Base64Url = Annotated[str, msgspec.Meta(pattern=_BASE64URL)]
AnyAnswer = TypeVar("AnyAnswer", "CreatedAnswer", "SignedAnswer")


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """`AuthenticatorAttestationResponse`."""

    clientDataJSON: Base64Url  # noqa: N815 -- the name on the wire
    attestationObject: Base64Url  # noqa: N815
    transports: tuple[str, ...] = ()


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """`AuthenticatorAssertionResponse`."""

    clientDataJSON: Base64Url  # noqa: N815
    authenticatorData: Base64Url  # noqa: N815
    signature: Base64Url
    userHandle: Base64Url | None = None  # noqa: N815


class CreatedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A new passkey."""

    id: KeyId
    rawId: KeyId  # noqa: N815
    type: Literal["public-key"]
    response: Created


class SignedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A proof by a passkey."""

    id: KeyId
    rawId: KeyId  # noqa: N815
    type: Literal["public-key"]
    response: Signed


class _Named(msgspec.Struct, frozen=True):
    id: KeyId


class _ClientData(msgspec.Struct, frozen=True, kw_only=True):
    """The members of `clientDataJSON` that the library does not look at."""

    crossOrigin: bool = False  # noqa: N815
    topOrigin: Any = None  # noqa: N815


def read(text: str, kind: type[AnyAnswer]) -> AnyAnswer | None:
    """Return the answer; None for what is none, or comes from a page inside another site's."""
    if len(text) > MAX_ANSWER:
        return None
    try:
        answer = msgspec.json.decode(text.encode(), type=kind)
        client = msgspec.json.decode(bytes_of(answer.response.clientDataJSON), type=_ClientData)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    is_own = not client.crossOrigin and client.topOrigin is None
    return answer if is_own and answer.id == answer.rawId else None


def key_id_in(text: str) -> str:
    """Return the id of the passkey that an answer names; nothing is proved by it."""
    try:
        return msgspec.json.decode(text[:MAX_ANSWER].encode(), type=_Named).id
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ""


def bytes_of(text: str) -> bytes:
    """Return the bytes of base64url text without padding. Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
