"""One message over HTTP, and what an answer, or none, means for it: the same for every gateway that speaks it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from idp.delivery.outcome import Later, Outcome, Refused, Sent

TIMEOUTS = (5.0, 10.0)
"""Seconds to connect, and between two bytes of an answer."""
LONGEST_WAIT = timedelta(hours=1)
"""However long a gateway wants to be left alone."""
PUT_OFF = frozenset({408, 425, 429})
"""It is asked to come again."""
_OUR_FAULT = frozenset({401, 402, 403, 404, 405, 407})
"""The way to the gateway is set up wrongly: no message is to be given up for that."""

_UNSURE = frozenset({500, 502, 504})
"""Something failed behind the door; whether before or after the message was taken, nobody knows."""


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, timeouts: tuple[float, float]
) -> tuple[int, str] | Later:
    """Post once and return the status and `Retry-After` of the answer, or what its absence means.

    A redirect is an answer: nobody but the address that was named is ever spoken to.
    """
    try:
        with requests.post(
            url,
            data=body,
            headers=dict(headers),
            timeout=timeouts,
            allow_redirects=False,
            stream=True,  # the answer's body is of no interest, and may be of any size
            auth=as_nobody,
        ) as response:
            return response.status_code, response.headers.get("Retry-After", "")
    except requests.RequestException as error:
        return lost(error)


def as_nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Sign in as nobody: without this a .netrc of the machine would be asked for a password."""
    return request


def answered(status: int, retry_after: str, now: datetime) -> Outcome:
    """Return what a status means (RFC 9110 §15)."""
    if 200 <= status < 300:
        return Sent()
    reason = f"http_{status}"
    if status in PUT_OFF or status >= 500:
        return Later(reason=reason, is_unsure=status in _UNSURE, wait=wait_of(retry_after, now))
    # A redirect is no address that the operator has named.
    return Later(reason=reason) if status in _OUR_FAULT or status < 400 else Refused(reason)


def lost(error: Exception) -> Later:
    """Return what it means that there was no answer; only a connection that never was is sure to have sent nothing."""
    match error:
        case requests.ConnectTimeout():
            return Later(reason="connect_timeout")
        case requests.exceptions.SSLError():
            return Later(reason="tls")
        case requests.ConnectionError() if "NewConnectionError" in repr(error) or "NameResolution" in repr(error):
            return Later(reason="connection")
        case requests.Timeout():
            return Later(reason="timeout", is_unsure=True)
    return Later(reason="reply_lost", is_unsure=True)


def wait_of(retry_after: str, now: datetime) -> timedelta | None:
    """Return how long to wait, from seconds or a date (RFC 9110 §10.2.3); None where nothing sensible is said."""
    if retry_after.isascii() and retry_after.isdecimal():
        return min(timedelta(seconds=int(retry_after[:9])), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta(0)), LONGEST_WAIT)
