"""Text messages and calls by Twilio, through its own client (`stepup-idp[twilio]`).

Twilio takes a message as often as it is told to, so what may have been taken is not told twice. Its client is given a
session for each request, as couriers of several channels share it, and a logger that says nothing.
"""

import logging
from typing import Any

import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse

from idp.core.clock import Clock
from idp.delivery.addresses import TwilioAddress
from idp.delivery.http import answered, lost
from idp.delivery.outcome import Outcome, Sent
from idp.delivery.speech import spoken
from idp.records.delivery.model import OutboxMessage

TIMEOUT = 10.0
_LONGEST_VALIDITY = 36_000


class _RefusedError(Exception):
    """An answer that is none of success."""

    def __init__(self, status: int, retry_after: str) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.retry_after = retry_after


class _Http(TwilioHttpClient):  # type: ignore[misc] # the library has no types
    """Twilio's way to speak HTTP, which keeps what the client itself forgets of a refusal: when to come back."""

    def request(self, *arguments: Any, **named: Any) -> Any:
        response = super().request(*arguments, **named)
        if response.status_code >= 300:
            raise _RefusedError(response.status_code, response.headers.get("Retry-After", ""))
        return response


class Twilio:
    """An account of Twilio."""

    name = "twilio"
    drops_duplicates = False

    def __init__(self, address: TwilioAddress, *, clock: Clock, url: str = "", timeout: float = TIMEOUT) -> None:
        self.channels = frozenset({"sms", "voice"} if address.may_call else {"sms"})
        self._address = address
        self._clock = clock
        http = _Http(pool_connections=False, timeout=timeout, logger=_silent())
        self._client = Client(address.account, address.token.value, http_client=http)
        if url:
            self._client.api.base_url = url

    def carry(self, message: OutboxMessage) -> Outcome:
        """Hand one message over."""
        try:
            if message.channel == "voice":
                self._call(message)
            else:
                self._write(message)
        except _RefusedError as error:
            return answered(error.status, error.retry_after, self._clock.now())
        except requests.RequestException as error:
            return lost(error)
        return Sent()

    def check(self) -> str:
        """Ask who we are there."""
        try:
            self._client.api.v2010.accounts(self._address.account).fetch()
        except _RefusedError as error:
            return f"Twilio does not accept the account (status {error.status})"
        except requests.RequestException as error:
            return f"Twilio cannot be reached ({lost(error).reason})"
        return ""

    def _write(self, message: OutboxMessage) -> None:
        sender = self._address.sender
        by = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        left = int((message.ends_at - self._clock.now()).total_seconds())
        validity = min(max(left, 1), _LONGEST_VALIDITY)  # after that Twilio drops it: a late code is void
        self._client.messages.create(to=message.to, body=message.text, validity_period=validity, **by)

    def _call(self, message: OutboxMessage) -> None:
        words = VoiceResponse()
        words.pause(length=1)
        words.say(message.text, language=spoken(message.language))
        self._client.calls.create(to=message.to, from_=self._address.sender, twiml=str(words))


def carrier(address: TwilioAddress, *, clock: Clock) -> Twilio:
    """Return the carrier."""
    return Twilio(address, clock=clock)


def _silent() -> logging.Logger:
    """Return a logger of nobody's: the client would log each request, text and all (MSG-12)."""
    return logging.Logger("twilio", level=logging.CRITICAL + 1)  # noqa: LOG001 -- one outside the tree is what is wanted
