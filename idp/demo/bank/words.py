"""What tokens claim, in words for people."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

_LEVELS = {
    "urn:idp:acr:1fa": "signed in with one proof",
    "urn:idp:acr:2sv": "two steps",
    "urn:idp:acr:mfa": "two independent kinds of proof",
    "phr": "a proof that cannot be phished",
    "phrh": "a proof that cannot be phished, held in hardware",
}
_METHODS = {
    "pwd": "a password",
    "otp": "a one-time code",
    "sms": "a text message",
    "mfa": "of more than one kind",
    "mca": "over more than one channel",
    "rba": "after looking at how unusual this is",
}
Row = tuple[str, str, str]


def claims(token: Mapping[str, Any], *, now: datetime) -> Sequence[Row]:
    """Return (claim, value, meaning) for what matters in step-up (OIDC Core 1.0 §2)."""
    level, methods = str(token.get("acr", "")), [str(value) for value in token.get("amr", ())]
    known = [_METHODS.get(value, value) for value in methods]
    return (
        ("acr", level or "absent", f"How sure the provider is: {_LEVELS.get(level, 'a level of its own')}."),
        ("amr", " ".join(methods) or "absent", f"What was shown: {', '.join(known) or 'not said'}."),
        ("auth_time", str(token.get("auth_time", "absent")), f"When: {ago(token.get('auth_time'), now=now)}."),
    )


def access_claims(token: Mapping[str, Any], *, now: datetime) -> Sequence[Row]:
    """Return the same for an access token, with whom it is for and when it ends (RFC 9068 §2.2)."""
    told = token.get("aud", ())
    audience = [told] if isinstance(told, str) else [str(each) for each in told]
    return (
        *claims(token, now=now),
        ("aud", " ".join(audience) or "absent", "Whom it is for: no other API takes it."),
        ("exp", str(token.get("exp", "absent")), f"Until when: {clock_time(token.get('exp'))}."),
    )


def lasting(auth_time: Any, seconds: int, *, now: datetime) -> str:
    """Return until when a proof is fresh enough for another transfer."""
    if not isinstance(auth_time, int):
        return "The bank will ask again at the next transfer."
    left = datetime.fromtimestamp(auth_time, UTC) + timedelta(seconds=seconds) - now
    if left <= timedelta(0):
        return "This is no longer fresh enough for another transfer: the bank will ask again."
    minutes = max(1, round(left.total_seconds() / 60))
    unit = "minute" if minutes == 1 else "minutes"
    until = clock_time(auth_time + seconds)
    return f"Fresh enough for another transfer until {until}, {minutes} {unit} from now; then the bank asks again."


def clock_time(moment: Any) -> str:
    """Return a claim's time as a clock shows it."""
    return f"{datetime.fromtimestamp(moment, UTC):%H:%M:%S} UTC" if isinstance(moment, int) else "not said"


def ago(moment: Any, *, now: datetime) -> str:
    """Return how long ago a claim's time was (seconds since 1970, RFC 7519 §2)."""
    if not isinstance(moment, int):
        return "not said"
    seconds = max(0, int((now - datetime.fromtimestamp(moment, UTC)).total_seconds()))
    if seconds < 90:
        return f"{seconds} seconds ago"
    minutes = seconds // 60
    return f"{minutes} minutes ago" if minutes < 120 else f"{minutes // 60} hours ago"


def money(cents: int) -> str:
    """Return an amount as people write it."""
    return f"€ {cents // 100:,}.{cents % 100:02}"
