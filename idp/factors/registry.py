"""The one list of the factors this installation has: a new factor is one line here."""

from collections.abc import Mapping
from typing import Any

from idp.factors.approval import Approval
from idp.factors.backup_code import BackupCode
from idp.factors.base import Factor
from idp.factors.email import Email
from idp.factors.own import OwnFactor
from idp.factors.passkey.factor import Passkey
from idp.factors.passkey.site import Site, Terms
from idp.factors.password import Password
from idp.factors.recovery_code import RecoveryCode
from idp.factors.sms import Sms
from idp.factors.temporary_code import TemporaryCode
from idp.factors.ticket import Ticket
from idp.factors.totp import Totp
from idp.factors.voice import Voice

Settings = Mapping[str, Mapping[str, Any]]


def build(
    settings: Settings,
    *,
    password: Password,
    service: str = "",
    own: tuple[OwnFactor, ...] = (),
    site: Site | None = None,
    may_call: bool = False,
) -> Mapping[str, Factor]:
    """Return the factors by name. `settings` are those of the live bundle; a bundle may come to change at any time.

    `password` is given, as its cost is the machine's matter, not the policy's, and building it hashes once. `service`
    is the name under which authenticator apps show this installation. `own` are those that are not shipped. Without a
    `site` there are no passkeys, and without a carrier that `may_call` no calls.
    """
    passkeys = (Passkey(site=site, terms=Terms(**settings.get("passkey", {}))),) if site else ()
    factors: tuple[Factor, ...] = (
        password,
        *passkeys,
        Totp(**settings.get("totp", {}), service=service),
        Sms(**settings.get("sms", {})),
        *((Voice(**settings.get("voice", {})),) if may_call else ()),
        Email(**settings.get("email", {})),
        BackupCode(**settings.get("backup_code", {}), cost=password.cost),
        Approval(**settings.get("approval", {})),
        RecoveryCode(**settings.get("recovery_code", {})),
        Ticket(**settings.get("ticket", {})),
        TemporaryCode(**settings.get("temporary_code", {}), cost=password.cost),
        *(each.build(**settings.get(each.traits.name, {})) for each in own),
    )
    return {factor.name: factor for factor in factors}
