"""What must not be published, and what is only odd."""

import pytest

from idp.policy.lint import lint
from idp.policy.shipped_actions import SHIPPED
from tests.policy.kit import ACR, FACTORS, FIRST, a_bundle

TESTED = """
tests:
  - {name: t, given: {enrolled: [password], evidence: [{factor: password}]}, expect: {outcome: allow}}
"""


def errors_of(rules: str = "", **parts: str) -> list[str]:
    return [str(problem) for problem in lint(a_bundle(rules, **parts)).errors if "no test flips" not in problem.text]


def warnings_of(rules: str = "", **parts: str) -> list[str]:
    return [str(problem) for problem in lint(a_bundle(rules, **parts)).warnings]


def test_a_sentence_that_nobody_reads_is_odd() -> None:
    """One for a code that no rule states; that of a rule, of a refusal or of our own codes is read."""
    said = "reasons: {stated: {en: A}, no: {en: B}, action: {en: C}, nothing: {en: D}}\n"
    rules = "{id: r, require: {acr: mfa}, reason: stated}\n{id: s, if: {user.groups: {contains_any: [x]}}, deny: no}"
    found = [each for each in warnings_of(rules, rest=said) if "no rule states this reason" in each]
    assert len(found) == 1
    assert "reasons.nothing" in found[0]


def condition(text: str) -> str:
    return f"{{id: r, if: {text}, deny: no}}"


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("{id: r, require: {acr: phrh}}", "nobody can reach phrh"),
        ("{id: r, require: {acr: phr, forbid: [passkey]}}", "nobody can reach phr without passkey"),
        (
            "{id: r, require: {acr: mfa, forbid: [passkey, totp, sms, voice, approval, backup_code]}}",
            "nobody can reach urn:idp:acr:mfa without",
        ),
        (
            "{id: r, scope: {actions: [wire]}, require: {forbid: [passkey]}}",
            "nothing can satisfy it together with the action wire",
        ),
        ("{id: r, require: {max_age: 59s}}", "`max_age` under 60 s"),
        ("{id: r, enrol: {level: phrh}}", "nobody can reach phrh"),
        ("{id: r, enrol: {level: mfa}}", "above `enrolment.in_flow`"),
        ("{id: r, enrol: {level: mfa, skips: 0, cool_down: 7d}}", "`cool_down` without effect"),
        (condition("{net.country: {eq: JP, in: [NO, SE]}}"), "no net.country passes"),
        (condition("{all: [{net.country: {eq: JP}}, {net.country: {eq: NO}}]}"), "no net.country passes"),
        (condition("{net.tor: {eq: true}, all: [{net.tor: {eq: false}}]}"), "no net.tor passes"),
        (condition("{risk.band: {at_least: high, eq: low}}"), "no risk.band passes"),
        (condition("{request.amount: {gt: 5, lt: 5}}"), "no request.amount passes"),
        (condition("{request.amount: {gt: 5, le: 5}}"), "no request.amount passes"),
        (condition("{request.amount: {ge: 5, lt: 5}}"), "no request.amount passes"),
        (condition("{request.amount: {gt: 6, lt: 5}}"), "no request.amount passes"),
        (condition("{request.amount: {eq: 4, gt: 5}}"), "no request.amount passes"),
        (condition("{request.amount: {in: [4, 9], gt: 5, lt: 9}}"), "no request.amount passes"),
        (condition("{user.age: {gt: 2d, lt: 1d}}"), "no user.age passes"),
        (condition("{user.reach: {at_least: phrh}}"), "nobody can reach phrh"),
        (condition("{user.reach: {contains_any: [phrh]}}"), "nobody can reach phrh"),
        (
            "{id: r, if: {net.tor: {eq: true}}, unless: {net.tor: {eq: true}}, deny: no}",
            "`unless` excuses whatever `if` matches",
        ),
    ],
)
def test_a_requirement_nothing_satisfies_and_a_rule_that_never_matches_are_errors(rules: str, words: str) -> None:
    """They would lock people out, or lull the administrator."""
    found = errors_of(rules)
    assert any(words in each for each in found), found


@pytest.mark.parametrize(
    "text",
    [
        "{request.amount: {ge: 5, le: 5}}",
        "{request.amount: {gt: 5, lt: 6}}",
        "{request.amount: {in: [4, 9], gt: 5}}",
        "{any: [{net.country: {eq: JP}}, {net.country: {eq: NO}}]}",
        "{none: [{net.tor: {eq: true}}], net.tor: {eq: false}}",
        "{risk.band: {at_least: challenge, eq: high}}",
        "{user.reach: {contains_any: [phrh, phr]}}",
        "{user.groups: {contains_any: [a]}, client.id: {matches: 'b*'}}",
    ],
)
def test_what_could_match_is_never_called_impossible(text: str) -> None:
    """Lint may overlook; it does not accuse."""
    assert errors_of(condition(text)) == []


@pytest.mark.parametrize("unless", ["{any: [{net.tor: {eq: true}}, {net.asn: {eq: 1}}]}", "{net.tor: {eq: false}}"])
def test_an_unless_that_may_leave_something_is_no_error(unless: str) -> None:
    """It excuses some, not all."""
    assert errors_of(f"{{id: r, if: {{net.tor: {{eq: true}}}}, unless: {unless}, deny: no}}") == []


def test_valid_for_under_a_minute_is_an_error_and_max_age_0_is_not() -> None:
    """0 is prompt=login."""
    level = ACR + "  short: {title: Short, needs: [any], valid_for: 59s}\n"
    assert any("`valid_for` under 60 s" in each for each in errors_of(acr=level))
    assert errors_of("{id: r, require: {max_age: 0s}}") == []
    assert any(
        "`max_age` under 60 s" in each
        for each in errors_of(actions="actions: {pay: {title: Pay, require: {max_age: 5s}}}\n")
    )


@pytest.mark.parametrize(
    ("factors", "rest", "words"),
    [
        ("", "sessions: {idle: 12s}", "`idle` must be from 1m"),
        ("", "sessions: {absolute: 0s}", "`absolute` must be from 1m"),
        ("", "locks: {after: 101}", "`after` must be from 1 to 100"),
        ("", "locks: {ceiling: 1000}", "`ceiling` must be from 1 to 100"),
        ("", "locks: {for: 15s}", "`for` must be from 1m to 1d"),
        ("", "locks: {for: 15d}", "`for` must be from 1m to 1d"),
        ("", "password: {min: 1}", "`min` must be from 8 to 64"),
        ("", "password: {alone: 150}", "`alone` must be from 8 to 64"),
        ("sms: {ttl: 5h}", "", "`ttl` must be from 1m to 10m"),
        ("voice: {attempts: 50}", "", "`attempts` must be from 1 to 10"),
        ("email: {ttl: 5s}", "", "`ttl` must be from 1m to 10m"),
        ("temporary_code: {ttl: 8d}", "", "`ttl` must be from 1m to 7d"),
        ("ticket: {ttl: 100d}", "", "`ttl` must be from 1m to 30d"),
        ("backup_code: {length: 4}", "", "`length` must be from 8 to 32"),
        ("backup_code: {amount: 1000000000}", "", "`amount` must be from 1 to 50"),
    ],
)
def test_adm_10_a_setting_beyond_its_bounds_is_an_error(factors: str, rest: str, words: str) -> None:
    """A slip of the unit makes no code that lives for days and no session that is over at once; it is told where."""
    found = errors_of(factors=f"{FACTORS}  {factors}\n" if factors else FACTORS, rest=f"{rest}\n" if rest else "")
    assert [each for each in found if words in each and ":" in each] == found
    assert len(found) == 1


def test_settings_at_their_bounds_are_no_errors() -> None:
    """The strictest and the most lenient that there may be."""
    least = "sessions: {idle: 1m, absolute: 1m}\nlocks: {after: 1, ceiling: 1, for: 1m}\npassword: {min: 8, alone: 8}\n"
    most = "locks: {after: 100, ceiling: 100, for: 24h}\npassword: {min: 64, alone: 64}\n"
    factors = FACTORS + "  email: {ttl: 10m, attempts: 10}\n  ticket: {ttl: 30d}\n  backup_code: {length: 32}\n"
    assert errors_of(rest=least) == errors_of(rest=most, factors=factors) == []


@pytest.mark.parametrize(
    ("require", "is_loosened"),
    [
        ("{acr: mfa, max_age: 10m}", False),
        ("{acr: phr, max_age: 60s}", False),
        ("{acr: mfa}", True),
        ("{acr: mfa, max_age: 11m}", True),
        (f"{{acr: {FIRST}, max_age: 10m}}", True),
        ("{max_age: 10m}", True),
        ("{acr: urn:idp:acr:2sv, max_age: 10m}", True),
    ],
)
def test_shipped_actions_may_be_tightened_not_loosened(require: str, is_loosened: bool) -> None:
    """Our own account and console pages rely on them."""
    found = errors_of(actions=f"actions: {{account.factors: {{title: Change, require: {require}}}}}\n")
    assert any("loosened" in each for each in found) is is_loosened


@pytest.mark.parametrize(
    ("require", "is_loosened"),
    [(f"{{acr: {FIRST}, max_age: 10m}}", False), ("{acr: mfa, max_age: 1m}", False), (f"{{acr: {FIRST}}}", True)],
)
def test_signing_out_elsewhere_takes_a_recent_proof_of_any_kind(require: str, is_loosened: bool) -> None:
    """account.sessions: whoever has a password alone can throw a thief out."""
    found = errors_of(actions=f"actions: {{account.sessions: {{title: Sign out, require: {require}}}}}\n")
    assert any("need a proof within" in each for each in found) is is_loosened


def test_the_console_wants_multi_factor_of_any_age_within_its_validity() -> None:
    """admin.console has no max_age of its own."""
    assert errors_of(actions="actions: {admin.console: {title: Console, require: {acr: mfa}}}\n") == []
    assert any(
        "two kinds of proof for it" in each
        for each in errors_of(actions=f"actions: {{admin.console: {{title: C, require: {{acr: {FIRST}}}}}}}\n")
    )


def test_a_test_that_fails_is_an_error_with_its_difference() -> None:
    """And stands where the test stands."""
    found = errors_of(rest=TESTED.replace("allow", "deny"))
    assert len(found) == 1
    assert "tests.t: the test fails: outcome: expected deny, got allow" in found[0]


def test_a_rule_that_no_test_flips_is_an_error() -> None:
    """The console writes the test with the rule."""
    rules = "{id: a, require: {acr: mfa}}\n{id: b, if: {net.tor: {eq: true}}, deny: no_tor}"
    tests = """
tests:
  - {name: t, given: {enrolled: [password, totp], evidence: [{factor: password}]}, expect: {outcome: challenge}}
"""
    found = lint(a_bundle(rules, rest=tests)).errors
    assert [(problem.key, "no test flips" in problem.text) for problem in found] == [("rules.b", True)]


def test_device_trusted_as_an_excuse_in_a_rule_for_actions_is_a_warning() -> None:
    """Elsewhere it is what trusted devices are for."""
    excuse = "unless: {device.trusted: {eq: true}}, require: {acr: mfa}"
    assert any("stolen device" in each for each in warnings_of(f"{{id: r, scope: {{actions: [pay]}}, {excuse}}}"))
    assert not any("stolen device" in each for each in warnings_of(f"{{id: r, {excuse}}}"))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("needs: [{kinds: 2}]", "needs: [{proofs: 2}]", "answers to mfa, by which applications understand two kinds"),
        ("needs: [{kinds: 2}]", "needs: [{kinds: 2}, {proofs: 2}]", "answers to mfa"),
        ("{kinds: 2, phishing_resistant: true}", "{kinds: 2}", "answers to phr, by which applications understand"),
    ],
)
def test_msg_13_a_name_that_promises_more_than_its_level_is_a_warning(before: str, after: str, words: str) -> None:
    """Whoever moves such a name to a weaker level is told what applications take it for."""
    assert before in ACR
    found = [each for each in warnings_of(acr=ACR.replace(before, after)) if "answers to" in each]
    assert len(found) == 1
    assert words in found[0]
    assert not any("answers to" in each for each in warnings_of())


def test_a_level_left_out_of_discovery_is_a_warning_that_says_why() -> None:
    """With `attestation: none`, or because no factor reaches it."""
    assert any(
        "acr.phrh: left out of discovery: `factors.passkey.attestation` is none" in each for each in warnings_of()
    )
    only = "factors: {first: [password], order: [password, totp]}\n"
    assert any("acr.phr: left out of discovery: no factor reaches it" in each for each in warnings_of(factors=only))
    attested = FACTORS + "  passkey: {attestation: direct}\n"
    assert not any("left out" in each for each in warnings_of(factors=attested))


def test_a_shipped_action_that_is_missing_is_a_warning() -> None:
    """Our pages that name it refuse."""
    assert sum("is not defined" in each for each in warnings_of()) == len(SHIPPED)


def test_our_own_pages_never_ask_for_proofs_of_now_alone() -> None:
    """A page of ours is asked for again after the interaction: under `max_age` 0s it would never be shown."""
    own = "actions: {account.factors: {title: Change, require: {acr: mfa, max_age: 0s}}}\n"
    assert any("asked in a loop" in each for each in errors_of(actions=own))
    fresh = own.replace("0s", "10m")
    scoped = "{id: r, scope: {actions: [account.factors]}, require: {max_age: 0s}}"
    assert any("asked in a loop" in each for each in errors_of(scoped, actions=fresh))
    payment = "actions: {pay: {title: Pay, require: {acr: mfa, max_age: 0s}}}\n"
    assert errors_of(actions=payment) == []
