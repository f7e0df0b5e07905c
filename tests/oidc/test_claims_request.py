"""The `claims` request parameter (OIDC Core 1.0 §5.5)."""

import json

import pytest

from idp.core.errors import RedirectError
from idp.oidc.claims_request import ClaimsRequest, available, parse, released

ALL = ("openid", "profile", "email")


def read(value, registered=ALL) -> ClaimsRequest:
    return parse(json.dumps(value), registered)


def test_parse_without_the_parameter_asks_nothing():
    """Absent means empty."""
    assert parse(None, ALL) == ClaimsRequest()


def test_parse_reads_single_claims_and_their_scopes():
    """§5.5: null, essential and valued claims are all wanted; unknown ones are ignored."""
    request = read({"userinfo": {"name": {"essential": True}, "email": None, "x": None}, "id_token": {"nickname": {}}})
    assert request.userinfo == ("name", "email")
    assert request.id_token == ("nickname",)
    assert request.scopes == ("profile", "email")
    assert released(request.text, "userinfo") == {"name", "email"}
    assert released("{}", "userinfo") == frozenset()


def test_parse_gives_no_claim_beyond_the_registered_scopes():
    """A client that may not have a scope cannot have its claims singly."""
    request = read({"userinfo": {"email": None, "name": None, "acr": None}}, ("openid", "profile"))
    assert request.userinfo == ("name", "acr")


def test_parse_reads_an_essential_acr():
    """§5.5.1.1: values in order of preference; `value` is a list of one."""
    request = read({"id_token": {"acr": {"essential": True, "value": "phr", "values": ["mfa", "phr"]}}})
    assert request.essential_acr == (("phr", "mfa"),)
    assert request.requested_acr == ()


def test_parse_reads_an_essential_acr_in_either_member():
    """policy.md §3.3: `userinfo` counts as well."""
    request = read({"id_token": {"acr": {"essential": True, "value": "a"}}, "userinfo": {"acr": {"value": "b"}}})
    assert request.essential_acr == (("a",),)
    assert request.requested_acr == ("b",)


def test_parse_essential_acr_without_values_asks_nothing():
    """policy.md §3.3: essential without values asks nothing."""
    assert read({"id_token": {"acr": {"essential": True}}}).essential_acr == ()


def test_parse_reads_subjects():
    """§5.5.1: `sub` with a value names who may answer."""
    assert read({"id_token": {"sub": {"values": ["u1", "u2"]}}, "userinfo": {"sub": None}}).subjects == (("u1", "u2"),)


@pytest.mark.parametrize(
    "value",
    [
        [],
        "text",
        1,
        None,
        {"id_token": []},
        {"id_token": "acr"},
        {"id_token": {"acr": "phr"}},
        {"id_token": {"acr": ["phr"]}},
        {"id_token": {"acr": {"essential": "true", "value": "phr"}}},
        {"id_token": {"acr": {"essential": 1}}},
        {"id_token": {"acr": {"value": 1}}},
        {"id_token": {"acr": {"value": None}}},
        {"id_token": {"acr": {"value": ""}}},
        {"id_token": {"acr": {"values": "phr"}}},
        {"id_token": {"acr": {"values": [1]}}},
        {"id_token": {"acr": {"values": [str(number) for number in range(65)]}}},
        {"userinfo": {"sub": {"values": {"a": 1}}}},
        {"userinfo": {str(number): None for number in range(65)}},
    ],
    ids=str,
)
def test_parse_refuses_wrong_types(value):
    """policy.md §3.3: wrong types are invalid_request."""
    with pytest.raises(RedirectError) as refusal:
        read(value)
    assert refusal.value.error == "invalid_request"


@pytest.mark.parametrize("text", ["{", '{"id_token":{},"id_token":{}}', "[" * 8000])
def test_parse_refuses_what_is_not_strict_json(text):
    """OAU-48: no duplicate keys, no depth."""
    with pytest.raises(RedirectError):
        parse(text, ALL)


def test_available_has_each_claim_once():
    """Discovery lists what may be asked for."""
    assert len(available()) == len(set(available()))
    assert {"acr", "name", "email_verified", "evidence"} <= set(available())
