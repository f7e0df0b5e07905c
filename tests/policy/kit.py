"""Bundles and situations for tests of the policy, in as few words as they can be said."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from idp.core.assurance import Evidence, Property, traits_table
from idp.policy.document import parse
from idp.policy.editing.changes import entries_of
from idp.policy.engine import decide
from idp.policy.language import Bundle
from idp.policy.loader import load_text
from idp.policy.model import Decision, Demand, EnrolAsk, Enrolled, Facts, FactValue
from idp.policy.reading import duration_of

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
FIRST, TWO, MFA, PHR, PHRH = "urn:idp:acr:1fa", "urn:idp:acr:2sv", "urn:idp:acr:mfa", "phr", "phrh"
TRAITS = traits_table()
VERIFIED = frozenset({Property.USER_VERIFIED})

ACR = """
acr:
  urn:idp:acr:1fa: {title: Signed in, needs: [any]}
  urn:idp:acr:2sv: {title: Two steps, needs: [{proofs: 2, channels: 2}, {kinds: 2}]}
  urn:idp:acr:mfa: {title: Multi-factor, aliases: [mfa, "urn:okta:loa:2fa:any"], needs: [{kinds: 2}], valid_for: 24h}
  phr: {title: Phishing-resistant, needs: [{kinds: 2, phishing_resistant: true}], valid_for: 24h}
  phrh:
    title: Hardware
    needs: [{kinds: 2, phishing_resistant: true, device_bound: true, attested: true}]
    valid_for: 12h
"""
FACTORS = """
factors:
  first: [password, passkey]
  order: [passkey, password, totp, approval, sms, voice, email, backup_code]
"""
ACTIONS = """
actions:
  pay: {title: Pay, require: {acr: urn:idp:acr:mfa, max_age: 5m}}
  wire: {title: Wire, require: {acr: phr}}
"""


def a_text(
    rules: str = "",
    *,
    acr: str = ACR,
    factors: str = FACTORS,
    actions: str = ACTIONS,
    rest: str = "",
    name: str = "acme",
) -> str:
    """Return the text of a bundle; `rules` are the entries of the list of rules."""
    listed = "\nrules:\n" + "\n".join(f"  - {rule.strip()}" for rule in rules.strip().splitlines()) if rules else ""
    return f"bundle: {name}\n{acr}{factors}{actions}{rest}{listed}\n"


def a_bundle(rules: str = "", **parts: str) -> Bundle:
    """Return a bundle with these rules, one a line in braces."""
    return load_text(a_text(rules, **parts), traits=TRAITS)


def span(text: str) -> timedelta:
    """Return a span such as `5m`."""
    found = duration_of(text)
    assert found is not None
    return found


def credential(factor: str, **changes: object) -> Enrolled:
    """Return something enrolled long ago; a passkey verifies its user."""
    values: dict[str, object] = {
        "factor": factor,
        "credential_id": factor,
        "channel": f"{factor}:1",
        "since": NOW - timedelta(days=90),
        "properties": VERIFIED if factor == "passkey" else frozenset(),
    }
    return Enrolled(**{**values, **changes})  # type: ignore[arg-type]


def proof(text: str, **changes: object) -> Evidence:
    """Return a proof written as `totp@5m` (given 5 minutes ago) or `totp@here` (in this interaction, just now)."""
    factor, _, age = text.partition("@")
    is_here = age == "here"
    values: dict[str, object] = {
        "factor": factor,
        "at": NOW if is_here else NOW - span(age or "0s"),
        "user_id": "ada",
        "credential_id": factor,
        "interaction_id": "here" if is_here else "before",
        "channel": f"{factor}:1",
        "properties": VERIFIED if factor == "passkey" else frozenset(),
    }
    return Evidence(**{**values, **changes})  # type: ignore[arg-type]


def ask(
    bundle: Bundle,
    enrolled: "str | tuple[Enrolled, ...]" = "password totp",
    proofs: "str | tuple[Evidence, ...]" = "",
    *,
    facts: Mapping[str, FactValue] | None = None,
    user: str | None = "ada",
    enrollable: str = "",
    enrolled_here: bool = False,
    enrol_asks: tuple[EnrolAsk, ...] = (),
    signs_in: bool = True,
    **demand: object,
) -> Decision:
    """Return the decision about Ada, who has enrolled and proved what is said, at the client `bank`."""
    asked = Facts(
        demand=Demand(**{"client_id": "bank", **demand}),  # type: ignore[arg-type]
        interaction_id="here",
        values=facts or {},
        user_id=user,
        enrollable=tuple(enrollable.split()),
        enrolled_here=enrolled_here,
        enrol_asks=enrol_asks,
        signs_in=signs_in,
    )
    held = tuple(credential(name) for name in enrolled.split()) if isinstance(enrolled, str) else enrolled
    given = tuple(proof(text) for text in proofs.split()) if isinstance(proofs, str) else proofs
    return decide(bundle, asked, given, held, now=NOW)


def options_of(decision: Decision) -> str:
    """Return the options in one line: `totp | password+sms`."""
    return " | ".join("+".join(names) for names in decision.options)


def entries(text: str, section: str) -> dict[str, Any]:
    """Return the parts of a section of a policy by name, as they are written."""
    return entries_of(parse(text, file=""), section)
