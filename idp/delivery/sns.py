"""Text messages by Amazon SNS, through Amazon's own client (`stepup-idp[sns]`).

SNS takes a message as often as it is told to, so what may have been taken is not told twice; the client's own repeating
is off for the same reason. Who we are is found as in every AWS client: environment, profile, or the machine's role.
"""

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from idp.core.clock import Clock
from idp.delivery.addresses import SnsAddress
from idp.delivery.http import TIMEOUTS, answered
from idp.delivery.outcome import Later, Outcome, Refused, Sent
from idp.records.delivery.model import OutboxMessage

_TRANSACTIONAL = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
_BUSY = frozenset({"Throttling", "ThrottlingException", "Throttled", "ThrottledException", "KMSThrottling"})


class Sns:
    """A region of Amazon SNS."""

    name = "sns"
    channels = frozenset({"sms"})
    drops_duplicates = False

    def __init__(
        self, address: SnsAddress, *, clock: Clock, url: str | None = None, timeouts: tuple[float, float] = TIMEOUTS
    ) -> None:
        config = Config(connect_timeout=timeouts[0], read_timeout=timeouts[1], retries={"total_max_attempts": 1})
        self._clock = clock
        self._client: Any = boto3.client("sns", region_name=address.region, endpoint_url=url, config=config)

    def carry(self, message: OutboxMessage) -> Outcome:
        """Hand one message over."""
        try:
            self._client.publish(PhoneNumber=message.to, Message=message.text, MessageAttributes=_TRANSACTIONAL)
        except ClientError as error:
            return self._refused(error)
        except (BotoCoreError, ResponseParserError) as error:
            return _lost(error)
        return Sent()

    def check(self) -> str:
        """Ask for the account's settings of text messages."""
        try:
            self._client.get_sms_attributes(attributes=["DefaultSMSType"])
        except ClientError as error:
            return f"Amazon SNS does not accept us ({error.response['Error'].get('Code', 'unknown')})"
        except (BotoCoreError, ResponseParserError) as error:
            return f"Amazon SNS cannot be used ({_lost(error).reason})"
        return ""

    def _refused(self, error: ClientError) -> Outcome:
        code = error.response["Error"].get("Code", "")
        about = error.response["ResponseMetadata"]
        retry_after = about.get("HTTPHeaders", {}).get("retry-after", "")
        outcome = answered(429 if code in _BUSY else about["HTTPStatusCode"], retry_after, self._clock.now())
        # SNS says 400 to everything; only these are about the message.
        is_ours = isinstance(outcome, Refused) and code not in ("InvalidParameter", "OptedOut", "ParameterValueInvalid")
        return Later(reason="sns_refused") if is_ours else outcome


def carrier(address: SnsAddress, *, clock: Clock) -> Sns:
    """Return the carrier."""
    return Sns(address, clock=clock)


def _lost(error: Exception) -> Later:
    match error:
        case NoCredentialsError():
            return Later(reason="credentials")
        case ConnectTimeoutError() | EndpointConnectionError():
            return Later(reason="connection")
        case SSLError():
            return Later(reason="tls")
        case ReadTimeoutError():
            return Later(reason="timeout", is_unsure=True)
        case ConnectionClosedError():
            return Later(reason="reply_lost", is_unsure=True)
    return Later(reason="protocol", is_unsure=True)
