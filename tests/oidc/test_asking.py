"""What an authorization request asks of the person."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.core.errors import RedirectError
from idp.policy.model import Demand
from tests.oidc.kit import ISSUER, MFA, RIGHT, a_client, asked, asked_by_pairs, error_of, signed


def test_demand_of_a_plain_request_asks_nothing():
    """Nothing is asked for that was not in the request."""
    assert asked().demand == Demand(client_id="c1", scopes=("openid",))


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("none", ("none",)),
        ("login", ("login",)),
        ("login consent", ("login", "consent")),
        ("create", ("login",)),
        ("select_account login", ("login",)),
        ("", ()),
    ],
)
def test_prompt_is_read(prompt, expected):
    """OIDC Core 1.0 §3.1.2.1: space-delimited; `create` and `select_account` ask for a login."""
    assert asked(prompt=prompt).demand.prompt == expected


@pytest.mark.parametrize(
    "prompt", ["none login", "none ", " ", "foo", "login foo", "login login", "LOGIN", "login\tnone"]
)
def test_prompt_is_refused_when_malformed(prompt):
    """OAU-21: `none` stands alone, and there are no others."""
    assert error_of(prompt=prompt) == "invalid_request"


@pytest.mark.parametrize(("max_age", "expected"), [("0", 0), ("60", 60), ("00060", 60), ("999999999", 999999999)])
def test_max_age_is_read(max_age, expected):
    """OIDC Core 1.0 §3.1.2.1: seconds."""
    assert asked(max_age=max_age).demand.max_age == expected


@pytest.mark.parametrize("max_age", ["-1", "abc", "1e9", "1.5", "+5", " 5", "５", "99999999999999999999", "0x10"])
def test_max_age_is_refused_when_malformed(max_age):
    """ACR-18: malformed is refused, never ignored."""
    assert error_of(max_age=max_age) == "invalid_request"


def test_client_defaults_stand_beside_what_was_asked():
    """OIDC Registration 1.0 §2: defaults are handed on; policy decides when they apply."""
    demand = asked(a_client(default_acr_values=("phr",), default_max_age=60), acr_values="mfa").demand
    assert (demand.default_acr_values, demand.default_max_age) == (("phr",), 60)
    assert (demand.acr_values, demand.max_age) == (("mfa",), None)


def test_acr_values_keep_their_order_and_the_unknown():
    """RFC 9470 §4: in order of preference; policy ignores what it does not know."""
    assert asked(acr_values=f"phr bogus {MFA} phr").demand.acr_values == ("phr", "bogus", MFA)
    assert error_of(acr_values=" ".join(str(number) for number in range(33))) == "invalid_request"


def claims(**members) -> str:
    return json.dumps(members)


def test_essential_acr_is_read_from_either_member():
    """policy.md §3.3: in `id_token` or in `userinfo`."""
    acr = {"acr": {"essential": True, "values": ["phr", "bogus"]}}
    assert asked(claims=claims(id_token=acr)).demand.essential_acr == ("phr", "bogus")
    assert asked(claims=claims(userinfo=acr)).demand.essential_acr == ("phr", "bogus")


def test_essential_acr_in_both_members_must_please_both():
    """The one `acr` there is has to be in both lists."""
    both = claims(
        id_token={"acr": {"essential": True, "values": ["phr", "mfa"]}},
        userinfo={"acr": {"essential": True, "values": ["mfa"]}},
    )
    assert asked(claims=both).demand.essential_acr == ("mfa",)


@pytest.mark.parametrize("values", [["bogus"], ["PHR"], ["phr "]])
def test_essential_acr_of_unknown_values_fails_before_any_page(values):
    """OIDC Core 1.0 §5.5.1.1, OpenID unmet_authentication_requirements §2."""
    request = claims(id_token={"acr": {"essential": True, "values": values}})
    assert error_of(claims=request) == "unmet_authentication_requirements"


def test_requested_acr_never_fails():
    """policy.md §3.3: a voluntary claim is a wish."""
    assert asked(claims=claims(id_token={"acr": {"value": "bogus"}})).demand.requested_acr == ("bogus",)


def test_asked_acr_is_the_order_of_echo():
    """policy.md §3, Tokens: essential, then acr_values, then a wish; defaults only where none is named."""
    wish = claims(userinfo={"acr": {"value": "phr"}}, id_token={"acr": {"essential": True, "value": "mfa"}})
    assert asked(acr_values=f"{MFA} bogus", claims=wish).resume.asked_acr == ("mfa", MFA, "phr")
    client = a_client(default_acr_values=("phr",))
    assert asked(client).resume.asked_acr == ("phr",)
    assert asked(client, acr_values=MFA).resume.asked_acr == (MFA,)


def test_authorization_details_name_an_action():
    """RFC 9396 §2: the action, and what rules may read about it."""
    demand = asked(authorization_details='[{"type":"payment.approve","amount":5000}]').demand
    assert (demand.actions, demand.details) == (("payment.approve",), {"amount": 5000})
    assert error_of(authorization_details='[{"type":"bogus"}]') == "invalid_authorization_details"


def test_id_token_hint_names_who_may_answer():
    """OIDC Core 1.0 §3.1.2.1: the hint narrows down who is asked."""
    hint = signed({"iss": ISSUER, "sub": "u1", "aud": "c1", "exp": 1})
    assert asked(id_token_hint=hint).demand.subject == "u1"
    assert asked(id_token_hint=hint).resume.subjects == (("u1",),)
    assert error_of(id_token_hint="forged") == "invalid_request"


def test_subject_claim_names_who_may_answer():
    """OIDC Core 1.0 §5.5.1: `sub` with one value; contradictions are refused."""
    request = claims(id_token={"sub": {"value": "u1"}})
    assert asked(claims=request).demand.subject == "u1"
    hint = signed({"iss": ISSUER, "sub": "u2", "aud": "c1", "exp": 1})
    assert error_of(claims=request, id_token_hint=hint) == "invalid_request"
    several = asked(claims=claims(id_token={"sub": {"values": ["u1", "u2"]}}))
    assert several.demand.subject is None
    assert several.resume.subjects == (("u1", "u2"),)


def test_hints_are_read_and_bounded():
    """P3: login_hint and ui_locales reach the pages; display and claims_locales break nothing."""
    request = asked(login_hint="{{7*7}}<script>", ui_locales="ja en", display="bogus", claims_locales="de")
    assert request.demand.login_hint == "{{7*7}}<script>"
    assert request.demand.ui_locales == ("ja", "en")
    assert error_of(login_hint="x" * 513) == "invalid_request"


@given(
    st.dictionaries(st.sampled_from(["prompt", "max_age", "acr_values", "claims", "authorization_details"]), st.text())
)
def test_garbage_is_refused_by_a_redirect_or_read(changes):
    """No value of these parameters raises anything else."""
    with contextlib.suppress(RedirectError):
        asked_by_pairs(tuple((RIGHT | changes).items()))
