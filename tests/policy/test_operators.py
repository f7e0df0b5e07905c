"""Operators and conditions: three values, no backtracking, every test runs."""

from typing import SupportsIndex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.policy.model import Demand, Facts, FactValue, Mark
from idp.policy.operators import address_of, matches_glob, within
from idp.policy.rulings import rule_all
from idp.policy.situation import situation_of
from tests.policy.kit import MFA, NOW, PHR, a_bundle, ask, credential


def result(condition: str, **values: FactValue) -> bool | None:
    """Return what a condition comes to for Ada at the bank."""
    bundle = a_bundle(
        f"{{id: r, if: {condition}, deny: no}}",
        rest="zones: {hq: [192.0.2.0/24], lab: [192.0.2.0/28, '2001:db8::/32']}\n",
    )
    facts = Facts(
        demand=Demand(
            client_id="bank", scopes=("openid",), acr_values=("mfa",), prompt=("login",), details={"amount": 7}
        ),
        interaction_id="here",
        values={name.replace("__", "."): value for name, value in values.items()},
        user_id="ada",
    )
    situation = situation_of(bundle, facts, (), (credential("password"), credential("totp")), now=NOW)
    condition_of = bundle.rules[0].condition
    assert condition_of is not None
    return condition_of.evaluate(situation.values, [])


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("{net.country: {eq: JP}}", {"net__country": "JP"}, True),
        ("{net.country: {in: [JP, NO]}}", {"net__country": "NO"}, True),
        ("{client.id: {matches: 'b*k'}}", {}, True),
        ("{client.id: {matches: [x, 'ban?']}}", {}, True),
        ("{client.id: {matches: 'b?'}}", {}, False),
        ("{net.asn: {eq: 64500}}", {"net__asn": 64500}, True),
        ("{net.asn: {in: [1, 2]}}", {"net__asn": 3}, False),
        ("{request.amount: {gt: 7}}", {}, False),
        ("{request.amount: {ge: 7, le: 7}}", {}, True),
        ("{request.amount: {lt: 7.5}}", {}, True),
        ("{request.amount: {gt: 1}}", {"request__amount": 1}, False),
        ("{request.currency: {eq: EUR}}", {}, False),
        ("{request.scopes: {contains_any: [openid]}}", {}, True),
        ("{request.acr_values: {contains_any: [mfa]}}", {}, True),
        ("{request.prompt: {contains_any: [login]}}", {}, True),
        ("{request.action: {contains_any: [pay]}}", {}, False),
        ("{user.age: {lt: 1d}}", {"user__age": 3600}, True),
        ("{user.age: {ge: 1d}}", {"user__age": 86400.0}, True),
        ("{net.tor: {eq: false}}", {"net__tor": False}, True),
        ("{user.groups: {contains_any: [a, b]}}", {"user__groups": ("b", "c")}, True),
        ("{user.groups: {contains_any: a}}", {"user__groups": ()}, False),
        ("{user.id: {eq: ada}}", {}, True),
        ("{user.enrolled: {contains_any: [totp]}}", {}, True),
        ("{user.reach: {at_least: mfa}}", {}, True),
        ("{user.reach: {at_least: phr}}", {}, False),
        (f"{{user.reach: {{contains_any: [{MFA}, {PHR}]}}}}", {}, True),
        ("{risk.band: {at_least: challenge}}", {"risk__band": "high"}, True),
        ("{risk.band: {at_least: high}}", {"risk__band": "challenge"}, False),
        ("{risk.band: {eq: low}}", {"risk__band": "low"}, True),
        ("{net.ip: {eq: 192.0.2.7}}", {"net__ip": "192.0.2.7"}, True),
        ("{net.ip: {in: ['::1', 192.0.2.7]}}", {"net__ip": "::ffff:192.0.2.7"}, True),
        ("{net.ip: {within: [10.0.0.0/8, 192.0.2.0/24]}}", {"net__ip": "192.0.2.255"}, True),
        ("{net.ip: {within: 2001:db8::/32}}", {"net__ip": "2001:db8::1"}, True),
        ("{net.ip: {within: [192.0.2.0/24]}}", {"net__ip": "2001:db8::1"}, False),
        ("{net.zone: {contains_any: [lab]}}", {"net__ip": "192.0.2.3"}, True),
        ("{net.zone: {contains_any: [lab]}}", {"net__ip": "192.0.2.99"}, False),
        ("{net.zone: {contains_any: [lab]}}", {}, False),
        ("{net.zone: {contains_any: [lab]}}", {"net__ip": "garbage"}, None),
        ("{time.hour: {eq: 9}}", {}, True),
        ("{time.hour@Asia/Tokyo: {eq: 18}}", {}, True),
        ("{time.weekday: {in: [wed]}}", {}, True),
        ("{device.trusted: {eq: true}}", {"device__trusted": True, "risk__band": "challenge"}, True),
        ("{device.trusted: {eq: false}}", {"device__trusted": True, "risk__band": "high"}, True),
        ("{device.trusted: {eq: true}}", {"device__trusted": True, "risk__band": 3}, None),
        ("{device.trusted: {eq: true}}", {"device__trusted": "yes"}, None),
    ],
)
def test_operators_by_type(condition: str, values: dict, expected: bool | None) -> None:
    """eq in gt ge lt le at_least contains_any matches within."""
    assert result(condition, **values) is expected


@pytest.mark.parametrize(
    ("fact", "wrong"),
    [
        ("{net.country: {eq: x}}", 5),
        ("{net.tor: {eq: true}}", 1),
        ("{net.asn: {gt: 1}}", True),
        ("{net.asn: {gt: 1}}", "9"),
        ("{user.groups: {contains_any: [a]}}", "a"),
        ("{user.groups: {contains_any: [a]}}", (1,)),
        ("{risk.band: {eq: high}}", "top"),
        ("{net.ip: {eq: '::1'}}", "300.1.1.1"),
        ("{net.ip: {eq: '::1'}}", 1),
    ],
)
def test_a_value_of_the_wrong_type_is_unknown(fact: str, wrong: FactValue) -> None:
    """It comes from a source that failed."""
    assert result(fact, **{fact[1:].partition(":")[0].replace(".", "__"): wrong}) is None


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{all: [TRUE, UNKNOWN]}", None),
        ("{all: [FALSE, UNKNOWN]}", False),
        ("{all: [TRUE, TRUE]}", True),
        ("{any: [TRUE, UNKNOWN]}", True),
        ("{any: [FALSE, UNKNOWN]}", None),
        ("{any: [FALSE, FALSE]}", False),
        ("{none: [TRUE, UNKNOWN]}", False),
        ("{none: [FALSE, UNKNOWN]}", None),
        ("{none: [FALSE]}", True),
        ("{none: [UNKNOWN]}", None),
        ("{any: [{all: [TRUE, UNKNOWN]}, FALSE]}", None),
        ("{none: [ABSENT]}", True),
        ("ABSENT", False),
    ],
)
def test_conditions_have_three_values(condition: str, expected: bool | None) -> None:
    """all: false beats unknown beats true; any: true beats unknown beats false; absent is false."""
    words = {
        "TRUE": "{net.tor: {eq: true}}",
        "FALSE": "{net.tor: {eq: false}}",
        "UNKNOWN": "{net.asn: {eq: 1}}",
        "ABSENT": "{net.hosting: {eq: true}}",
    }
    for word, test in words.items():
        condition = condition.replace(word, test)
    assert result(condition, net__tor=True, net__asn=Mark.UNKNOWN) is expected


@pytest.mark.parametrize(("operator", "value"), [("eq", "x"), ("in", "[x]"), ("matches", "'*'")])
def test_every_test_of_an_absent_fact_is_false(operator: str, value: str) -> None:
    """There is nothing to observe."""
    assert result(f"{{net.country: {{{operator}: {value}}}}}") is False


@given(st.text("ab*?", max_size=12), st.text("ab", max_size=12))
def test_globs_match_as_their_plain_definition_says(pattern: str, text: str) -> None:
    """`*` is any text, `?` any one character."""

    def plainly(pattern: str, text: str) -> bool:
        if not pattern:
            return not text
        if pattern[0] == "*":
            return any(plainly(pattern[1:], text[start:]) for start in range(len(text) + 1))
        return bool(text) and pattern[0] in ("?", text[0]) and plainly(pattern[1:], text[1:])

    assert matches_glob(text, pattern) is plainly(pattern, text)


class Read(str):
    """Text that counts how often somebody looks at a character of it."""

    looks = 0

    def __getitem__(self, place: SupportsIndex | slice) -> str:
        self.looks += 1
        return super().__getitem__(place)


def test_globs_do_not_backtrack() -> None:
    """A hostile pair costs no more than the product of its lengths."""
    text, pattern = Read("a" * 2000), "*a" * 200 + "b"
    assert not matches_glob(text, pattern)
    assert 0 < text.looks <= len(text) * len(pattern)


def test_within_takes_a_thousand_networks_at_the_cost_of_their_lengths() -> None:
    """One look-up a prefix length."""
    is_within = within([f"10.{high}.{low}.0/24" for high in range(4) for low in range(250)])
    address, other = address_of("10.3.249.1"), address_of("10.4.0.1")
    assert is_within(address)
    assert not is_within(other)


def test_the_trace_shows_values_in_words() -> None:
    """Durations, lists and booleans are shown as policies write them."""
    bundle = a_bundle(
        "{id: r, if: {user.age: {lt: 90m}, user.groups: {contains_any: [a, b]}, net.tor: {eq: true}}, deny: no}"
    )
    tests = ask(bundle, facts={"user.age": 5, "user.groups": (), "net.tor": False}).trace[0].tests
    assert [(test.expected, test.seen) for test in tests] == [("90m", "5"), ("a, b", "none"), ("true", "false")]


def test_rules_read_only_what_they_name() -> None:
    """Facts that no rule reads are not computed."""
    bundle = a_bundle("{id: r, if: {net.tor: {eq: true}}, deny: no}")
    situation = situation_of(bundle, Facts(demand=Demand(client_id="x"), interaction_id="i"), (), (), now=NOW)
    assert set(situation.values) == {"net.tor"}
    assert rule_all(situation).fired == ()
