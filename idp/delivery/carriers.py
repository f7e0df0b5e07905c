"""Which carrier carries which channel: built once from the addresses that the settings give."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from idp.core.clock import Clock
from idp.core.errors import ConfigError, Problem
from idp.delivery.addresses import (
    SmsAddress,
    SmtpAddress,
    SnsAddress,
    TwilioAddress,
    VonageAddress,
    WebhookAddress,
)
from idp.delivery.carrier import Carrier
from idp.delivery.mail import Letterhead
from idp.delivery.push import Push
from idp.delivery.smtp import Smtp
from idp.delivery.webhook import Webhook

Carriers = Mapping[str, Carrier]
"""By channel. A channel without a carrier stays in the outbox."""
_SETTINGS = {"email": "IDP_SMTP_URL", "push": "IDP_PUSH_SERVICES"}


def build(
    *,
    smtp: SmtpAddress | None,
    mail_from: str,
    sms: SmsAddress | None,
    push: Push | None,
    templates: Path,
    clock: Clock,
) -> Carriers:
    """Return the carriers. Raises ConfigError when a gateway's client library is not installed."""
    found: list[Carrier] = [push] if push is not None else []
    if smtp is not None:
        found.append(Smtp(smtp, letterhead=Letterhead(sender=mail_from, templates=templates), clock=clock))
    if sms is not None:
        found.append(_sms(sms, clock))
    return {channel: carrier for carrier in found for channel in sorted(carrier.channels)}


def check(carriers: Carriers) -> Sequence[Problem]:
    """Try the way to each gateway and return what is wrong, under the name of its setting. Sends nothing."""
    ways = {id(carrier): (_SETTINGS.get(channel, "IDP_SMS_URL"), carrier) for channel, carrier in carriers.items()}
    checked = ((key, carrier.check()) for key, carrier in ways.values())
    return [Problem(text, key=key) for key, text in checked if text]


def _sms(address: SmsAddress, clock: Clock) -> Carrier:
    match address:
        case WebhookAddress():
            return Webhook(address, clock=clock)
        case TwilioAddress():
            name = "twilio"
        case VonageAddress():
            name = "vonage"
        case SnsAddress():
            name = "sns"
    try:
        module = import_module(f"idp.delivery.{name}")  # these three stand on libraries that few installations need
    except ModuleNotFoundError as error:
        text = f"needs a library that is not installed ({error.name}); run: pip install 'stepup-idp[{name}]'"
        raise ConfigError([Problem(text, key="IDP_SMS_URL")]) from error
    carrier: Carrier = module.carrier(address, clock=clock)
    return carrier
