"""`authorization_details` (RFC 9396)."""

import json

import pytest

from idp.core.errors import RedirectError
from idp.oidc.details import Details, parse

KNOWN = frozenset({"payment.approve", "account.factors"})


def read(*entries) -> Details:
    return parse(json.dumps(entries), KNOWN)


def test_parse_without_the_parameter_names_no_action():
    """Absent means none."""
    assert parse(None, KNOWN) == Details()


def test_parse_reads_actions_and_their_single_values():
    """§2: the type names an action; scalars become facts, the rest does not."""
    details = read(
        {"type": "payment.approve", "amount": 5000, "currency": "EUR", "urgent": True, "locations": ["x"], "to": {}},
        {"type": "account.factors", "amount": 5000, "note": None},
        {"type": "payment.approve"},
    )
    assert details.actions == ("payment.approve", "account.factors")
    assert details.members == {"amount": 5000, "currency": "EUR", "urgent": True}


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        "[]",
        "[1]",
        "[{}]",
        '[{"type":1}]',
        '[{"type":["payment.approve"]}]',
        '[{"type":"unknown"}]',
        '[{"type":"payment.approve"},{"type":"unknown"}]',
        '[{"type":"payment.approve","amount":1,"amount":2}]',
        '[{"type":"payment.approve","amount":1},{"type":"payment.approve","amount":2}]',
        json.dumps([{"type": "payment.approve"}] * 17),
    ],
)
def test_parse_refuses_the_unknown_and_the_ambiguous(text):
    """§5: unknown types, malformed objects and contradictions are invalid_authorization_details."""
    with pytest.raises(RedirectError) as refusal:
        parse(text, KNOWN)
    assert refusal.value.error == "invalid_authorization_details"
