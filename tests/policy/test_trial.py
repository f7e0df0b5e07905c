"""The tests a bundle carries."""

import pytest

from idp.policy.trial import run_tests
from tests.policy.kit import a_bundle

SAMPLE = """
{id: big, scope: {clients: [bank], actions: [pay]}, if: {request.amount: {gt: 9}}, require: {acr: phr, max_age: 5m}}
{id: no, if: {net.country: {in: [KP]}}, deny: region_not_served}
"""


def differences(given: str, expect: str) -> tuple[str, ...]:
    bundle = a_bundle(
        SAMPLE, rest=f"enrolment: {{in_flow: mfa}}\ntests:\n  - {{name: t, given: {given}, expect: {expect}}}\n"
    )
    return run_tests(bundle)[0].differences


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        (
            "{client: bank, action: pay, facts: {request.amount: 10}, enrolled: [password, passkey],"
            " evidence: [{factor: password, age: 1m}]}",
            "{outcome: challenge, acr: phr, options: [[passkey]], because: [big, pay], max_age: 5m, reason: big}",
        ),
        ("{}", "{outcome: challenge, options: []}"),
        ("{facts: {net.country: KP}}", "{outcome: deny, reason: region_not_served}"),
        ("{facts: {net.country: unknown}}", "{outcome: challenge}"),
        ("{facts: {net.country: absent}}", "{outcome: challenge}"),
        ("{user: bob}", "{outcome: deny, reason: requirements_unmet}"),
        ("{evidence: [{factor: password}]}", "{outcome: allow}"),
        ("{enrolled: [], evidence: [{factor: password}]}", "{outcome: deny}"),
        (
            "{acr_values: 'phr mfa', enrolled: [password, totp], evidence: [{factor: password, here: true}]}",
            "{acr: mfa, options: [[totp]]}",
        ),
        ("{acr_values: [mfa], enrolled: [password, totp]}", "{options: [[totp, password]]}"),
        ("{acr: phr, enrolled: [password]}", "{outcome: deny}"),
        (
            "{max_age: 1h, enrolled: [password], evidence: [{factor: password, age: 2h}]}",
            "{outcome: challenge, max_age: 1h}",
        ),
        ("{prompt: login, evidence: [{factor: password, age: 2h}]}", "{outcome: challenge}"),
        ("{acr: phr, enrolled: [{factor: passkey, properties: []}]}", "{outcome: deny}"),
        ("{acr: phr, evidence: [{factor: passkey, properties: [user_verified]}]}", "{outcome: allow}"),
        (
            "{acr: mfa, enrolled: [password, {factor: totp, available: false}], evidence: [{factor: password}]}",
            "{reason: factor_unavailable}",
        ),
        (
            "{acr: mfa, enrolled: [password, {factor: totp, age: 1m}], evidence: [{factor: password}, {factor: totp}]}",
            "{outcome: allow}",
        ),
        (
            "{acr: mfa, enrolled: [password, email], evidence: [{factor: password}, {factor: email}]}",
            "{outcome: enrol}",
        ),
        (
            "{action: [pay], user: u, facts: {user.groups: [a], user.age: 5d, net.tor: true, risk.band: low,"
            " net.asn: 5, net.ip: '::1'}}",
            "{acr: mfa}",
        ),
    ],
)
def test_a_situation_is_built_as_it_is_given(given: str, expect: str) -> None:
    """client, action, acr_values, acr, max_age, prompt, user, enrolled, evidence, facts."""
    assert differences(given, expect) == ()


def test_differences_are_told_in_words_and_what_is_not_named_is_not_compared() -> None:
    """Each with what was expected and what came."""
    given = "{acr_values: [mfa], enrolled: [password, totp, sms], evidence: [{factor: password}]}"
    expect = "{outcome: allow, acr: phr, max_age: 5m, options: [], because: [pay], reason: big}"
    assert differences(given, expect) == (
        "outcome: expected allow, got challenge",
        "acr: expected phr, got urn:idp:acr:mfa",
        "max_age: expected 5m, got none",
        "options: expected none, got totp | sms",
        "because: expected pay, got none",
        "reason: expected big, got client_request, sign_in",
    )
