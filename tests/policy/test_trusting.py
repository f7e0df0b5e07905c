"""When a browser may come to be trusted (policy.md §3.5)."""

import pytest

from idp.policy.engine import decide
from idp.policy.model import Demand, Facts, FactValue, Mark
from idp.policy.trusting import is_earned, is_offered
from tests.policy.kit import NOW, a_bundle, credential, proof

EXCUSED = "{id: a, unless: {device.trusted: {eq: true}}, require: {acr: mfa}}"
RULES = {
    "excused": EXCUSED,
    "plain": "{id: a, require: {acr: mfa}}",
    "other fact": "{id: a, unless: {net.tor: {eq: true}}, require: {acr: mfa}}",
    "denied": "{id: a, unless: {device.trusted: {eq: true}}, deny: not_here}",
    "elsewhere": f"{EXCUSED}\n{{id: b, scope: {{clients: [shop]}}, unless: {{device.trusted: {{eq: true}}}}, "
    "require: {acr: phr}}",
    "elsewhere the same": f"{EXCUSED}\n{{id: b, scope: {{clients: [shop]}}, unless: {{device.trusted: {{eq: true}}}}, "
    "require: {acr: mfa}}",
    "not this person": f"{EXCUSED}\n{{id: b, if: {{user.groups: {{contains_any: [staff]}}}}, "
    "unless: {device.trusted: {eq: true}}, require: {acr: phr}}",
    "only elsewhere": "{id: a, scope: {clients: [shop]}, unless: {device.trusted: {eq: true}}, require: {acr: mfa}}",
}


@pytest.mark.parametrize(
    ("rules", "proofs", "facts", "offered", "earned"),
    [
        ("excused", "password@here", {}, True, False),
        ("excused", "password@here totp@here", {}, True, True),
        ("excused", "password@1h totp@here", {}, True, True),
        ("excused", "password@here totp@here", {"device.trusted": True}, False, False),
        ("excused", "password@here totp@here", {"risk.band": "high"}, False, False),
        ("excused", "password@here totp@here", {"risk.band": Mark.UNKNOWN}, False, False),
        ("excused", "password@here totp@here", {"risk.band": "challenge"}, True, True),
        ("excused", "password@here totp@here", {"user.recovering": True}, False, False),
        ("plain", "password@here totp@here", {}, False, False),
        ("other fact", "password@here totp@here", {}, False, False),
        ("denied", "password@here totp@here", {}, False, False),
        ("elsewhere", "password@here totp@here", {}, True, False),
        ("elsewhere", "passkey@here", {}, True, True),
        ("elsewhere the same", "password@here totp@here", {}, True, True),
        ("not this person", "password@here totp@here", {}, True, True),
        ("only elsewhere", "password@here totp@here", {}, False, False),
    ],
)
def test_trust_is_offered_and_earned(
    rules: str, proofs: str, facts: dict[str, FactValue], offered: bool, earned: bool
) -> None:
    """Offered where a rule that asked for more would have excused; earned at every level it would excuse from."""
    bundle = a_bundle(RULES[rules])
    asked = Facts(demand=Demand(client_id="bank"), interaction_id="here", values=facts, user_id="ada")
    evidence = tuple(proof(text) for text in proofs.split())
    enrolled = tuple(credential(factor) for factor in ("password", "totp", "passkey"))
    decision = decide(bundle, asked, evidence, enrolled, now=NOW)
    assert is_offered(bundle, decision, asked) is offered
    assert is_earned(bundle, decision, asked, evidence, enrolled, now=NOW) is earned
