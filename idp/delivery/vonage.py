"""Text messages and calls by Vonage, through its own client (`stepup-idp[vonage]`).

Vonage takes a message as often as it is told to, so what may have been taken is not told twice; the client's own
repeating is off for the same reason. It keeps headers between requests, so each channel has a client of its own. It
logs what it sends and what it is answered; nothing of that is let through (MSG-12).
"""

import logging
import re
from pathlib import Path

import requests
from vonage import Auth, HttpClientOptions, Vonage
from vonage_http_client.errors import HttpRequestError
from vonage_sms import SmsMessage
from vonage_sms.errors import PartialFailureError, SmsError
from vonage_utils.errors import VonageError
from vonage_voice.models import CreateCallRequest, Phone, Talk, ToPhone

from idp.core.clock import Clock
from idp.core.errors import ConfigError, Problem
from idp.delivery.addresses import VonageAddress
from idp.delivery.http import answered, lost
from idp.delivery.outcome import Later, Outcome, Refused, Sent
from idp.delivery.speech import spoken
from idp.records.delivery.model import OutboxMessage

TIMEOUT = 10
_SHORTEST_TTL, _LONGEST_TTL = 20_000, 604_800_000
"""Milliseconds."""
_STATUS = re.compile(r"error code (\d+)", re.ASCII)
_BUSY = frozenset({"1", "5", "10"})
"""Throttled, internal error, too many connections."""
_OUR_FAULT = frozenset({"4", "8", "9", "14", "15"})
"""Credentials, account barred, no money, signature, sender."""


class VonageCarrier:
    """An account of Vonage."""

    name = "vonage"
    drops_duplicates = False

    def __init__(self, address: VonageAddress, *, clock: Clock, host: str = "", timeout: int = TIMEOUT) -> None:
        logging.getLogger("vonage").addFilter(_nothing)
        self.channels = frozenset({"sms", "voice"} if address.application else {"sms"})
        self._sender = address.sender.removeprefix("+")
        self._clock = clock
        hosts = {"api_host": host, "rest_host": host} if host else {}
        options = HttpClientOptions(timeout=timeout, max_retries=0, pool_maxsize=1, **hosts)
        self._writes = Vonage(Auth(api_key=address.key, api_secret=address.secret.value), options)
        self._calls = Vonage(_application(address), options) if address.application else None

    def carry(self, message: OutboxMessage) -> Outcome:
        """Hand one message over."""
        try:
            if message.channel == "voice":
                self._call(message)
            else:
                self._write(message)
        except HttpRequestError as error:
            headers = error.response.headers
            return answered(error.response.status_code, headers.get("Retry-After", ""), self._clock.now())
        except PartialFailureError:
            return Later(reason="partly", is_outage=False, is_unsure=True)
        except SmsError as error:
            return _refused(str(error))
        except requests.RequestException as error:
            return lost(error)
        return Sent()

    def check(self) -> str:
        """Ask for the account's balance."""
        try:
            self._writes.account.get_balance()
        except VonageError:
            return "Vonage does not accept key and secret"
        except requests.RequestException as error:
            return f"Vonage cannot be reached ({lost(error).reason})"
        return ""

    def _write(self, message: OutboxMessage) -> None:
        left = int((message.ends_at - self._clock.now()).total_seconds() * 1000)
        text = SmsMessage(
            to=message.to.removeprefix("+"),
            from_=self._sender,
            text=message.text,
            type="text" if message.text.isascii() else "unicode",
            ttl=min(max(left, _SHORTEST_TTL), _LONGEST_TTL),
            client_ref=message.id,
        )
        self._writes.sms.send(text)

    def _call(self, message: OutboxMessage) -> None:
        if self._calls is None:
            raise AssertionError("without an application there is no courier for calls")
        call = CreateCallRequest(
            to=[ToPhone(number=message.to.removeprefix("+"))],
            from_=Phone(number=self._sender),
            ncco=[Talk(text=message.text, language=spoken(message.language))],
        )
        self._calls.voice.create_call(call)


def carrier(address: VonageAddress, *, clock: Clock) -> VonageCarrier:
    """Return the carrier. Raises ConfigError when the application's key cannot be read."""
    return VonageCarrier(address, clock=clock)


def _application(address: VonageAddress) -> Auth:
    try:
        key = Path(address.key_file).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        text = f"the file {address.key_file} of key_file cannot be read ({type(error).__name__})"
        raise ConfigError([Problem(text, key="IDP_SMS_URL")]) from error
    return Auth(application_id=address.application, private_key=key)


def _refused(text: str) -> Outcome:
    """Return what Vonage's own status means; it answers 200 whatever it is."""
    found = _STATUS.search(text)
    status = found.group(1) if found else "unknown"
    reason = f"vonage_{status}"
    return Later(reason=reason) if status in _BUSY | _OUR_FAULT else Refused(reason)


def _nothing(_: logging.LogRecord) -> bool:
    return False
