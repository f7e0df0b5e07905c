"""Proofs and what they are worth: the table of factor traits, and evidence.

Owns the vocabulary that sessions, policy and tokens share. Knows no level, no policy and no clock.
The rule it keeps: evidence is a fact (which factor, when, with which properties); what follows from it
(`acr`, `amr`, `auth_time`) is computed elsewhere, every time it is needed. `mfa` is never declared (RFC 8176 §2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a factor proves: something one knows, has, or is (NIST SP 800-63B-4 §2)."""

    KNOW = "know"
    HAVE = "have"
    ARE = "are"


class Property(StrEnum):
    """What one proof showed beyond its factor's name."""

    USER_VERIFIED = "user_verified"
    DEVICE_BOUND = "device_bound"
    SYNCED = "synced"
    ATTESTED = "attested"


@dataclass(frozen=True, slots=True)
class FactorTraits:
    """What every proof of one factor is worth.

    `channel` says what two proofs would share: the person, one secret, one number, one mailbox, one list, one device.
    `verified_kinds` replaces `kinds` for a proof with user verification. `amr` values are those of RFC 8176 §2.
    """

    name: str
    kinds: frozenset[Kind]
    channel: str
    amr: tuple[str, ...]
    verified_kinds: frozenset[Kind] = frozenset()
    property_amr: tuple[tuple[Property, str], ...] = ()
    phishing_resistant: bool = False
    over_another_channel: bool = False
    """Whether the proof travels by SMS, voice, mail or another device, so that `mca` is true beside another channel."""

    def kinds_of(self, properties: frozenset[Property]) -> frozenset[Kind]:
        """Return the kinds that a proof with these properties has."""
        return self.verified_kinds if self.verified_kinds and Property.USER_VERIFIED in properties else self.kinds

    def amr_of(self, properties: frozenset[Property]) -> tuple[str, ...]:
        """Return the RFC 8176 values that a proof with these properties earns."""
        return self.amr + tuple(value for owned, value in self.property_amr if owned in properties)


_NONE: frozenset[Kind] = frozenset()
_KNOW = frozenset({Kind.KNOW})
_HAVE = frozenset({Kind.HAVE})

SHIPPED_TRAITS: tuple[FactorTraits, ...] = (
    FactorTraits("password", _KNOW, "person", ("pwd",)),
    FactorTraits("totp", _HAVE, "secret", ("otp",)),
    FactorTraits("sms", _HAVE, "number", ("sms",), over_another_channel=True),
    FactorTraits("voice", _HAVE, "number", ("tel",), over_another_channel=True),
    FactorTraits("email", _NONE, "mailbox", ("otp",), over_another_channel=True),
    FactorTraits("temporary_code", _NONE, "issuer", ("otp",)),
    FactorTraits("ticket", _NONE, "issuer", ("otp",)),
    FactorTraits("backup_code", _HAVE, "list", ("otp",)),
    FactorTraits("recovery_code", _HAVE, "list", ("otp",)),
    FactorTraits(
        "passkey",
        _HAVE,
        "credential",
        ("pop", "user"),
        verified_kinds=frozenset({Kind.HAVE, Kind.ARE}),
        property_amr=((Property.ATTESTED, "hwk"), (Property.SYNCED, "swk")),
        phishing_resistant=True,
    ),
    FactorTraits("approval", _HAVE, "device", ("user",), over_another_channel=True),
)
"""Every factor the product will have. A factor class names its row; own factors add one at start."""

TraitsTable = Mapping[str, FactorTraits]


def traits_table(own: tuple[FactorTraits, ...] = ()) -> TraitsTable:
    """Return the table by factor name; an own factor has at most one kind and cannot take a shipped name.

    Raises ValueError naming the offending factor.
    """
    table = {row.name: row for row in SHIPPED_TRAITS}
    for row in own:
        if row.name in table:
            raise ValueError(f"factor {row.name!r} is defined twice")
        if len(row.kinds | row.verified_kinds) > 1:
            raise ValueError(f"own factor {row.name!r} may declare at most one kind")
        table[row.name] = row
    return table


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One proof: a fact, never a conclusion.

    It names its person, credential and interaction, so that a proof of another person, or of a credential since removed
    or replaced, never counts. `channel` is the value that proofs of one channel share (`person`, `totp:<id>`,
    `mailbox:<address>`).
    """

    factor: str
    at: datetime
    user_id: str
    credential_id: str
    interaction_id: str
    channel: str
    properties: frozenset[Property] = frozenset()
