"""What this package raises, and nothing else: one base class, so that an application catches once.

`reason` is for the log: a fixed text that never holds a token, a secret or anything a caller sent.
"""


class ResourceServerError(Exception):
    """Base of every error of this package."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidTokenError(ResourceServerError):
    """The access token is expired, forged, malformed, revoked or not for this API (RFC 6750 §3.1)."""


class ProviderUnavailableError(ResourceServerError):
    """The provider cannot be asked now, or its answer is unusable: the token is neither good nor bad."""


class MalformedChallengeError(ResourceServerError):
    """A `WWW-Authenticate` header that does not follow RFC 9110 §11.6.1 or RFC 9470 §3."""


class StepUpLoopError(ResourceServerError):
    """Another redirect would not help: show this to a person instead of sending them round again."""
