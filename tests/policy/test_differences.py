"""What changes from one bundle to another, in plain words."""

import pytest

from idp.policy.differences.compare import differences
from idp.policy.differences.model import flow
from idp.policy.loader import load_text
from tests.policy.kit import ACR, ACTIONS, FACTORS, TRAITS, a_bundle, a_text

RULE = "{id: r, if: {user.groups: {contains_any: [x]}}, require: {acr: mfa}}"
ENROL = "{id: r, enrol: {level: mfa, skips: 3, within: 14d}}"


def said(before: str, after: str) -> list[str]:
    """Return the changes between two bundles, `direction: sentence` each."""
    was, now = load_text(before, traits=TRAITS), load_text(after, traits=TRAITS)
    return [f"{each.direction.value}: {each.sentence}" for each in differences(was, now)]


def by_rules(before: str, after: str) -> list[str]:
    return said(a_text(before), a_text(after))


def test_the_same_bundle_differs_in_nothing() -> None:
    """Comments and the order of keys decide nothing."""
    assert differences(a_bundle(RULE), load_text(a_text(RULE) + "# a comment\n", traits=TRAITS)) == ()
    assert said(a_text(name="a"), a_text(name="b")) == ["changed: bundle is now b; it was a."]


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("", RULE, "stricter: The rule r is new: it asks for urn:idp:acr:mfa."),
        (RULE, "", "looser: The rule r is gone."),
        ("", "{id: r, deny: no}", "stricter: The rule r is new: it refuses (no)."),
        ("", "{id: r, enrol: {level: mfa}}", "stricter: The rule r is new: it makes people set up urn:idp:acr:mfa."),
        ("", "{id: r, require: {max_age: 5m}}", "stricter: The rule r is new."),
        (
            "{id: r, require: {acr: mfa}}",
            "{id: r, require: {acr: phr}}",
            "stricter: r asks for phr instead of urn:idp:acr:mfa.",
        ),
        (
            "{id: r, require: {acr: phr}}",
            "{id: r, require: {acr: mfa}}",
            "looser: r asks for urn:idp:acr:mfa instead of phr.",
        ),
        (
            "{id: r, require: {acr: mfa}}",
            "{id: r, require: {acr: mfa, max_age: 5m}}",
            "stricter: r now accepts proofs for at most 5m.",
        ),
        (
            "{id: r, require: {acr: mfa, max_age: 5m}}",
            "{id: r, require: {acr: mfa}}",
            "looser: r no longer limits the age of proofs; it was 5m.",
        ),
        (
            "{id: r, require: {acr: mfa, max_age: 5m}}",
            "{id: r, require: {acr: mfa, max_age: 10m}}",
            "looser: r accepts proofs for 10m instead of 5m.",
        ),
        (
            "{id: r, require: {max_age: 5m}}",
            "{id: r, require: {acr: mfa, max_age: 5m}}",
            "stricter: r now asks for urn:idp:acr:mfa.",
        ),
        (
            "{id: r, require: {acr: mfa, max_age: 5m}}",
            "{id: r, require: {max_age: 5m}}",
            "looser: r no longer asks for urn:idp:acr:mfa.",
        ),
        (
            "{id: r, require: {acr: mfa}}",
            "{id: r, require: {acr: mfa, forbid: [sms, email]}}",
            "stricter: r no longer accepts email, sms.",
        ),
        (
            "{id: r, require: {acr: mfa, forbid: [sms]}}",
            "{id: r, require: {acr: mfa}}",
            "looser: r now accepts sms.",
        ),
        (
            "{id: r, require: {acr: mfa}, reason: a}",
            "{id: r, require: {acr: mfa}, reason: b}",
            "changed: r gives the reason b.",
        ),
        (
            "{id: r, scope: {clients: [a]}, deny: no}",
            "{id: r, deny: no}",
            "stricter: r applies to all clients, not only to a.",
        ),
        (
            "{id: r, deny: no}",
            "{id: r, scope: {clients: [b, a]}, deny: no}",
            "looser: r applies only to clients a, b, no longer to all.",
        ),
        (
            "{id: r, scope: {clients: [a]}, deny: no}",
            "{id: r, scope: {clients: [a, b]}, deny: no}",
            "stricter: r applies to clients a, b instead of a.",
        ),
        (
            "{id: r, scope: {clients: [a, b]}, deny: no}",
            "{id: r, scope: {clients: [a]}, deny: no}",
            "looser: r applies to clients a instead of a, b.",
        ),
        (
            "{id: r, scope: {clients: [a]}, deny: no}",
            "{id: r, scope: {clients: [b]}, deny: no}",
            "changed: r applies to clients b instead of a.",
        ),
        (
            "{id: r, deny: no}",
            "{id: r, if: {net.tor: {eq: true}}, deny: no}",
            "looser: r has a new `if`: {net.tor: {eq: true}}.",
        ),
        (
            "{id: r, unless: {net.country: {in: [JP]}}, deny: no}",
            "{id: r, deny: no}",
            "stricter: r has no `unless` any more; it was {net.country: {in: [JP]}}.",
        ),
        (
            "{id: r, if: {net.asn: {gt: 1}}, deny: no}",
            "{id: r, if: {net.asn: {gt: 2}}, deny: no}",
            "changed: r: `if` is now {net.asn: {gt: 2}}; it was {net.asn: {gt: 1}}.",
        ),
        (
            ENROL,
            "{id: r, enrol: {level: phr, skips: 3, within: 14d}}",
            "changed: r makes people set up phr instead of urn:idp:acr:mfa.",
        ),
        (
            ENROL,
            "{id: r, enrol: {level: mfa, skips: 1, within: 14d}}",
            "stricter: r may be put off 1 times instead of 3.",
        ),
        (
            ENROL,
            "{id: r, enrol: {level: mfa, skips: 3, within: 7d}}",
            "stricter: r may be put off for 7d instead of 14d.",
        ),
        (ENROL, "{id: r, enrol: {level: mfa, skips: 3}}", "looser: r may be put off for ∞ instead of 14d."),
        (
            ENROL,
            "{id: r, enrol: {level: mfa, skips: 3, within: 14d, cool_down: 7d}}",
            "looser: r asks again after 7d instead of 0s.",
        ),
        (
            "{id: r, enrol: {level: mfa, cool_down: 7d}}",
            "{id: r, enrol: {level: mfa, cool_down: 1d}}",
            "stricter: r asks again after 1d instead of 7d.",
        ),
        (
            ENROL,
            "{id: r, enrol: {level: mfa, within: 14d, cool_down: 7d}}",
            "looser: r may be put off ∞ times instead of 3.",
        ),
        (
            "{id: r, enrol: {level: mfa, cool_down: 7d}}",
            "{id: r, enrol: {level: mfa, skips: 3, cool_down: 7d}}",
            "stricter: r may be put off 3 times instead of ∞.",
        ),
    ],
)
def test_a_rule_is_told_of_in_a_sentence(before: str, after: str, change: str) -> None:
    """Each change once, with the way it goes."""
    assert change in by_rules(before, after)


def test_a_new_rule_tells_all_it_asks() -> None:
    """Level, age and what it does not accept."""
    assert by_rules("", "{id: r, require: {acr: mfa, max_age: 5m, forbid: [sms]}}") == [
        "stricter: The rule r is new: it asks for urn:idp:acr:mfa.",
        "stricter: r now accepts proofs for at most 5m.",
        "stricter: r no longer accepts sms.",
    ]


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (
            "{id: r, deny: no}",
            "{id: r, require: {acr: mfa}}",
            ["looser: r is now `require` instead of `deny`.", "changed: r gives the reason r."],
        ),
        (
            "{id: r, require: {acr: mfa}}",
            "{id: r, enrol: {level: mfa}}",
            ["changed: r is now `enrol` instead of `require`."],
        ),
        (
            "{id: r, require: {acr: mfa}, reason: no}",
            "{id: r, deny: no}",
            ["stricter: r is now `deny` instead of `require`.", "changed: r gives the reason no."],
        ),
    ],
)
def test_another_outcome_is_told(before: str, after: str, changes: list[str]) -> None:
    """To refuse is the strictest."""
    assert by_rules(before, after) == changes


OTHER = ACR.replace("urn:idp:acr:2sv", "urn:x:2sv")


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (ACR, OTHER, "changed: The level urn:x:2sv is new."),
        (ACR, OTHER, "looser: The level urn:idp:acr:2sv is gone: who asks for it is no longer understood."),
        (
            ACR,
            ACR.replace("[{kinds: 2}], valid_for: 24h}\n  phr:", "[{kinds: 3}], valid_for: 24h}\n  phr:"),
            "stricter: The level urn:idp:acr:mfa needs other proofs.",
        ),
        (ACR, ACR.replace("12h", "24h"), "looser: The level phrh holds for 1d instead of 12h."),
        (ACR, ACR.replace("    valid_for: 12h\n", ""), "looser: The level phrh holds for ∞ instead of 12h."),
        (ACR, ACR.replace("[mfa, ", "[mfa, two, "), "changed: The level urn:idp:acr:mfa is also called two."),
        (
            ACR,
            ACR.replace(', "urn:okta:loa:2fa:any"', ""),
            "looser: The level urn:idp:acr:mfa is no longer called urn:okta:loa:2fa:any.",
        ),
        (ACR, ACR.replace("title: Hardware", "title: Keys"), "changed: phrh is now called “Keys”."),
        (
            ACR + "  x: {title: X, needs: [{proofs: 2}]}\n",
            ACR + "  x: {title: X, needs: [{kinds: 2}]}\n",
            "changed: The level x needs other proofs.",
        ),
        (
            "acr:\n  urn:idp:acr:1fa: {title: A, needs: [any]}\n  phr: {title: P, needs: [any]}\n",
            "acr:\n  phr: {title: P, needs: [any]}\n  urn:idp:acr:1fa: {title: A, needs: [any]}\n",
            "changed: Levels are listed in another order, which decides between equals: phr, urn:idp:acr:1fa.",
        ),
    ],
)
def test_levels_are_told_of(before: str, after: str, change: str) -> None:
    """What they need, how long they hold, what they are called."""
    assert change in said(a_text(acr=before, actions=""), a_text(acr=after, actions=""))


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (
            ACTIONS,
            ACTIONS + "  new: {title: New, require: {acr: mfa}}\n",
            "changed: The action new is new: it asks for urn:idp:acr:mfa.",
        ),
        (
            ACTIONS + "  new: {title: New, require: {acr: mfa}}\n",
            ACTIONS,
            "stricter: The action new is gone: whoever names it is refused.",
        ),
        (ACTIONS, ACTIONS.replace("5m", "1m"), "stricter: pay accepts proofs for 1m instead of 5m."),
        (ACTIONS, ACTIONS.replace("title: Pay", "title: Send"), "changed: pay is now called “Send”."),
    ],
)
def test_actions_are_told_of(before: str, after: str, change: str) -> None:
    """What they are called and what they cost."""
    assert said(a_text(actions=before), a_text(actions=after)) == [change]


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (FACTORS, FACTORS.replace(", email", ""), "stricter: Switched off: email."),
        (FACTORS.replace(", email", ""), FACTORS, "looser: Switched on: email."),
        (
            FACTORS,
            FACTORS.replace("passkey, password, totp", "totp, passkey, password"),
            "changed: Offered in this order: totp, passkey, password, approval, sms, voice, email, backup_code.",
        ),
        (
            FACTORS,
            FACTORS.replace("first: [password, passkey]", "first: [password]"),
            "stricter: May no longer open a session: passkey.",
        ),
        (
            FACTORS.replace("first: [password, passkey]", "first: [password]"),
            FACTORS,
            "looser: May now open a session: passkey.",
        ),
        (FACTORS, FACTORS + "  sms: {countries: [JP]}\n", "changed: factors.sms.countries is now JP; it was ∅."),
        (FACTORS, FACTORS + "  totp: {digits: 8}\n", "stricter: factors.totp.digits is now 8; it was 6."),
        (FACTORS, FACTORS + "sessions: {idle: 1h}\n", "stricter: sessions.idle is now 1h; it was 12h."),
        (FACTORS, FACTORS + "sessions: {idle: 24h}\n", "looser: sessions.idle is now 1d; it was 12h."),
        (FACTORS, FACTORS + "locks: {for: 1h}\n", "stricter: locks.for is now 1h; it was 15m."),
        (FACTORS, FACTORS + "budgets: {used: 20%}\n", "stricter: budgets.used is now 20%; it was 10%."),
        (FACTORS, FACTORS + "budgets: {prefix_day: 900}\n", "looser: budgets.prefix_day is now 900; it was 400."),
        (FACTORS, FACTORS + "risk: {high: 0.1%}\n", "looser: risk.high is now 0.1%; it was 0.5%."),
        (FACTORS, FACTORS + "zones: {hq: [192.0.2.0/24]}\n", "changed: zones.hq is now 192.0.2.0/24; it was ∅."),
        (
            FACTORS,
            FACTORS + "publishing: {second_approver: true}\n",
            "stricter: publishing.second_approver is now true; it was false.",
        ),
        (FACTORS, FACTORS + "records: {keep: 7d, addresses: false}\n", "changed: records.keep is now 7d; it was 90d."),
    ],
)
def test_settings_are_told_of(before: str, after: str, change: str) -> None:
    """By their names in the language."""
    assert change in said(a_text(factors=before), a_text(factors=after))


def test_words_are_told_of() -> None:
    """By reason and language."""
    before, after = (a_text(rest=f"reasons: {{big: {{{words}}}}}\n") for words in ("en: A", "en: B, ja: C"))
    assert said(before, after) == [
        "changed: reasons.big.en is now B; it was A.",
        "changed: reasons.big.ja is now C; it was ∅.",
    ]


def test_tests_are_counted() -> None:
    """What they say is for `idp policy test` to tell."""
    tests = "tests: [{name: t, given: {}, expect: {outcome: challenge}}]\n"
    assert said(a_text(), a_text(rest=tests)) == ["changed: The tests have changed; there are 1, there were 0."]


def test_parts_of_a_document_are_written_on_one_line() -> None:
    """As policies write them."""
    assert flow({"all": [{"net.tor": {"eq": True}}, {"net.asn": {"in": [1, 2]}}]}) == (
        "{all: [{net.tor: {eq: true}}, {net.asn: {in: [1, 2]}}]}"
    )
