"""What tokens claim, in words for people."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from idp.web.texts import Texts

Row = tuple[str, str, str]


def claims(token: Mapping[str, Any], texts: Texts, *, now: datetime) -> Sequence[Row]:
    """Return (claim, value, meaning) for what matters in step-up (OIDC Core 1.0 §2)."""
    _ = texts.gettext
    level, methods = str(token.get("acr", "")), [str(value) for value in token.get("amr", ())]
    known = _methods(texts)
    shown = _(", ").join(known.get(value, value) for value in methods)
    sure = _levels(texts).get(level, _("a level of its own"))
    moment = token.get("auth_time")
    return (
        ("acr", level or _("absent"), _("How sure the provider is: %(level)s.", level=sure)),
        ("amr", " ".join(methods) or _("absent"), _("What was shown: %(methods)s.", methods=shown or _("not said"))),
        ("auth_time", _written(moment, texts), _("When: %(moment)s.", moment=ago(moment, texts, now=now))),
    )


def access_claims(token: Mapping[str, Any], texts: Texts, *, now: datetime) -> Sequence[Row]:
    """Return the same for an access token, with whom it is for and when it ends (RFC 9068 §2.2)."""
    _ = texts.gettext
    told, ends = token.get("aud", ()), token.get("exp")
    audience = [told] if isinstance(told, str) else [str(each) for each in told]
    return (
        *claims(token, texts, now=now),
        ("aud", " ".join(audience) or _("absent"), _("Whom it is for: no other API takes it.")),
        ("exp", _written(ends, texts), _("Until when: %(moment)s.", moment=clock_time(ends, texts))),
    )


def lasting(auth_time: Any, seconds: int, texts: Texts, *, now: datetime) -> str:
    """Return until when a proof is fresh enough for another transfer."""
    _ = texts.gettext
    if not isinstance(auth_time, int):
        return _("The bank will ask again at the next transfer.")
    left = datetime.fromtimestamp(auth_time, UTC) + timedelta(seconds=seconds) - now
    if left <= timedelta(0):
        return _("This is no longer fresh enough for another transfer: the bank will ask again.")
    return texts.ngettext(
        "Fresh enough for another transfer until %(until)s, %(count)s minute from now; then the bank asks again.",
        "Fresh enough for another transfer until %(until)s, %(count)s minutes from now; then the bank asks again.",
        max(1, round(left.total_seconds() / 60)),
        until=clock_time(auth_time + seconds, texts),
    )


def clock_time(moment: Any, texts: Texts) -> str:
    """Return a claim's time as a clock shows it."""
    if not isinstance(moment, int):
        return texts.gettext("not said")
    return f"{datetime.fromtimestamp(moment, UTC):%H:%M:%S} UTC"


def ago(moment: Any, texts: Texts, *, now: datetime) -> str:
    """Return how long ago a claim's time was (seconds since 1970, RFC 7519 §2)."""
    if not isinstance(moment, int):
        return texts.gettext("not said")
    seconds = max(0, int((now - datetime.fromtimestamp(moment, UTC)).total_seconds()))
    minutes = seconds // 60
    if seconds < 90:
        return texts.ngettext("%(count)s second ago", "%(count)s seconds ago", seconds)
    if minutes < 120:
        return texts.ngettext("%(count)s minute ago", "%(count)s minutes ago", minutes)
    return texts.ngettext("%(count)s hour ago", "%(count)s hours ago", minutes // 60)


def money(cents: int) -> str:
    """Return an amount as people write it."""
    return f"€ {cents // 100:,}.{cents % 100:02}"


def _levels(texts: Texts) -> Mapping[str, str]:
    _ = texts.gettext
    return {
        "urn:idp:acr:1fa": _("signed in with one proof"),
        "urn:idp:acr:2sv": _("two steps"),
        "urn:idp:acr:mfa": _("two independent kinds of proof"),
        "phr": _("a proof that cannot be phished"),
        "phrh": _("a proof that cannot be phished, held in hardware"),
    }


def _methods(texts: Texts) -> Mapping[str, str]:
    _ = texts.gettext
    return {
        "pwd": _("a password"),
        "otp": _("a one-time code"),
        "sms": _("a text message"),
        "mfa": _("of more than one kind"),
        "mca": _("over more than one channel"),
        "rba": _("after looking at how unusual this is"),
    }


def _written(moment: Any, texts: Texts) -> str:
    return str(moment) if moment is not None else texts.gettext("absent")
