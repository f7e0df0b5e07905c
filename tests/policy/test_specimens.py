"""A rule's test written for it: passes with the rule, fails without it."""

from pathlib import Path

import pytest

from idp.core.assurance import traits_table
from idp.policy.editing.changes import put
from idp.policy.lint import lint
from idp.policy.loader import load_text
from idp.policy.specimens import specimen
from idp.policy.trial import run_tests, without_rule

SHIPPED = [Path(__file__).parents[2] / "policies" / f"{name}.yaml" for name in ("default", "demo", "adaptive")]
DEFAULT = (Path(__file__).parents[2] / "policies" / "default.yaml").read_text()


def flips(text: str, rule: str) -> bool:
    """Tell whether a test is found for a rule that passes, and fails once the rule is gone."""
    found = specimen(load_text(text, traits=traits_table()), rule)
    if found is None:
        return False
    bundle = load_text(put(text, "tests", found["name"], found), traits=traits_table())
    assert run_tests(bundle)[-1].is_passed
    return not run_tests(without_rule(bundle, rule))[-1].is_passed


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_rule_gets_its_test(path: Path) -> None:
    """Whatever its scope and condition."""
    text = path.read_text()
    bundle = load_text(text, traits=traits_table())
    for rule in bundle.rules:
        found = specimen(bundle, rule.id)
        assert found is not None, rule.id
        text = put(text, "tests", found["name"], found)
    written = load_text(text, traits=traits_table())
    assert all(result.is_passed for result in run_tests(written))
    for rule in bundle.rules:
        results = {each.name: each for each in run_tests(without_rule(written, rule.id))}
        assert not results[f"{rule.id} takes effect"].is_passed


@pytest.mark.parametrize(
    "rule",
    [
        "scope: {clients: [bank], actions: [payment.approve]}, if: {request.amount: {gt: 1000}}, require: {acr: phr}",
        "if: {request.amount: {lt: 5}}, require: {acr: phr}",
        "if: {user.age: {le: 2d}}, require: {acr: phr, max_age: 7m}",
        "if: {net.zone: {contains_any: [hq]}}, require: {acr: phr}",
        "if: {net.ip: {within: [198.51.100.0/24]}}, require: {acr: phr}",
        "if: {any: [{net.tor: {eq: true}}, {net.hosting: {eq: true}}]}, deny: bad_network",
        "if: {device.kind: {matches: [Old*]}}, require: {acr: phr}",
        "scope: {client_tags: [money]}, require: {acr: phr}",
        "if: {user.groups: {contains_any: [new]}}, enrol: {level: urn:idp:acr:mfa}",
        "if: {user.enrolled: {contains_any: [totp]}}, require: {acr: phr}",
        "require: {max_age: 2m}",
        "require: {acr: [phr, urn:idp:acr:mfa]}",
    ],
)
def test_rules_of_every_shape_get_theirs(rule: str) -> None:
    """The facts are drawn from what the rule compares with."""
    text = DEFAULT.replace("rules:\n", f"zones: {{hq: [192.0.2.0/24]}}\nrules:\n  - {{id: fresh, {rule}}}\n", 1)
    assert flips(text, "fresh")


def test_a_rule_that_changes_nothing_gets_none() -> None:
    """It never comes to be at the hour of tests: lint says so as before."""
    text = DEFAULT.replace("rules:\n", "rules:\n  - {id: fresh, if: {time.hour: {eq: 3}}, deny: night}\n", 1)
    bundle = load_text(text, traits=traits_table())
    assert specimen(bundle, "fresh") is None
    assert any("no test flips" in problem.text for problem in lint(bundle).errors)


def test_a_rule_that_lets_in_gets_a_test_of_that() -> None:
    """Where nobody is asked for more by it, the test says that it is among the reasons."""
    text = DEFAULT.replace("rules:\n", "rules:\n  - {id: fresh, if: {user.reach: {at_least: urn:idp:acr:2sv}, "
                           "net.tor: {eq: true}}, unless: {device.trusted: {eq: true}}, require: "
                           "{acr: urn:idp:acr:1fa}}\n", 1)  # fmt: skip
    assert flips(text, "fresh")


def test_a_name_that_is_taken_is_counted_on() -> None:
    """Two tests never share a name."""
    text = DEFAULT
    for name in ("second-factor takes effect", "second-factor takes effect (2)"):
        found = specimen(load_text(text, traits=traits_table()), "second-factor")
        assert found is not None
        assert found["name"] == name
        text = put(text, "tests", name, found)
