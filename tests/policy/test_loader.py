"""From YAML to a bundle: strict, every mistake at once, each with its place."""

from datetime import timedelta
from pathlib import Path

import pytest

from idp.core.assurance import FactorTraits, Kind, traits_table
from idp.core.errors import ConfigError
from idp.policy import loader
from idp.policy.budgets import Budgets
from idp.policy.loader import load_path, load_text
from tests.policy.kit import ACR, FACTORS, FIRST, MFA, TRAITS, a_bundle, a_text, span


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_text(text, file="p.yaml", traits=TRAITS)
    return [str(problem) for problem in caught.value.problems]


def rule(body: str) -> str:
    return a_text(f"{{id: r, {body}}}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bundle: a", "the key 'acr' is missing"),
        (a_text().replace("bundle:", "bundel:"), "unknown key 'bundel'; did you mean 'bundle'?"),
        (a_text(name="'a b'"), "may hold only letters"),
        (a_text(rest="publishing: {drafts: 12h}\n"), "must be at least 1d"),
        (a_text(rest="reasons: {r: {}}\n"), "needs a sentence in at least one language"),
        (a_text(rest="reasons: {r: Why}\n"), "reasons.r: must be a mapping"),
        (a_text(rest="reasons: {r: {english: Why}}\n"), "'english' is no language such as en or ja"),
        (a_text(rest="reasons: {r: {en: 12}}\n"), "must be a string"),
        (a_text(rest="reasons: {r: {en: '  '}}\n"), "must be one line of text"),
        (a_text(rest='reasons: {r: {en: "a\\nb"}}\n'), "must be one line of text"),
        (a_text(rest="reasons: {r: {en: " + 201 * "a" + "}}\n"), "of at most 200 characters"),
        (a_text(name="12"), "must be a string (write it in quotes)"),
        (a_text(name="[a]"), "must be a string"),
        (a_text(acr="acr: []\n", actions=""), "acr: must be a mapping"),
        (a_text(acr="acr: {a: {title: A, needs: [any]}}\n", actions=""), f"the level '{FIRST}' is missing"),
        (a_text(acr=ACR + "  'a b': {title: A, needs: [any]}\n"), "holds no space"),
        (a_text(acr=ACR + "  a: {title: A}\n"), "the key 'needs' is missing"),
        (a_text(acr=ACR + "  a: {needs: [any]}\n"), "the key 'title' is missing"),
        (a_text(acr=ACR + "  a: {title: A, needs: []}\n"), "needs at least one alternative"),
        (a_text(acr=ACR + "  a: {title: A, needs: [all]}\n"), "unknown 'all'"),
        (a_text(acr=ACR + "  a: {title: A, needs: [{}]}\n"), "asks nothing"),
        (a_text(acr=ACR + "  a: {title: A, needs: [[any]]}\n"), "must be a mapping"),
        (a_text(acr=ACR + "  a: {title: A, needs: [{kinds: two}]}\n"), "must be a whole number of at least 1"),
        (a_text(acr=ACR + "  a: {title: A, needs: [{kinds: true}]}\n"), "must be a whole number of at least 1"),
        (a_text(acr=ACR + "  a: {title: A, needs: [{kind: 2}]}\n"), "unknown key 'kind'; did you mean 'kinds'?"),
        (a_text(acr=ACR + "  a: {title: A, needs: [{attested: 1}]}\n"), "must be true or false"),
        (a_text(acr=ACR + "  a: {title: A, needs: [any], valid_for: 5}\n"), "must be a duration such as"),
        (a_text(acr=ACR + "  a: {title: A, needs: [any], valid_for: 99999999d}\n"), "must be a duration such as"),
        (a_text(acr=ACR + "  a: {title: A, needs: [any], aliases: [mfa]}\n"), "the alias 'mfa' is used twice"),
        (a_text(acr=ACR + "  a: {title: A, needs: [any], aliases: [phr]}\n"), "is the name of a level"),
        (a_text(acr=ACR + "  a: {title: A, needs: [any], aliases: ['x y']}\n"), "holds a space"),
        (a_text(factors="factors: {}\n"), "the key 'order' is missing"),
        (a_text(factors="factors: {first: [], order: [totp]}\n"), "nothing may open a session"),
        (a_text(factors="factors: {first: [password], order: [totp]}\n"), "'password' may open a session but is off"),
        (
            a_text(factors="factors: {first: [password], order: [password, toptp]}\n"),
            "unknown 'toptp'; did you mean 'totp'?",
        ),
        (a_text(factors="factors: {first: [password], order: [password, password]}\n"), "'password' is listed twice"),
        (a_text(factors=FACTORS + "  pigeon: {}\n"), "unknown key 'pigeon'"),
        (a_text(factors=FACTORS + "  totp: {digit: 6}\n"), "unknown key 'digit'; did you mean 'digits'?"),
        (a_text(factors=FACTORS + "  totp: {algorithm: MD5}\n"), "unknown 'MD5'"),
        (a_text(factors=FACTORS + "  totp: {digits: 7}\n"), "7 is not possible"),
        (a_text(factors=FACTORS + "  totp: {digits: 9}\n"), "must be at most 8"),
        (a_text(factors=FACTORS + "  totp: {window: 3}\n"), "must be at most 2"),
        (a_text(factors=FACTORS + "  totp: {period: 5m}\n"), "must be between 15s and 2m"),
        (a_text(factors=FACTORS + "  sms: {digits: 5}\n"), "must be a whole number of at least 6"),
        (a_text(factors=FACTORS + "  approval: {ttl: 6m}\n"), "must be between 2m and 5m"),
        (a_text(factors=FACTORS + "  approval: {pending: 4}\n"), "must be at most 3"),
        (a_text(factors=FACTORS + "  recovery_code: {length: 23}\n"), "must be a whole number of at least 24"),
        (a_text(rest="sessions: {idle: long}\n"), "sessions.idle: must be a duration"),
        (a_text(rest="locks: {till: 5m}\n"), "unknown key 'till'"),
        (a_text(rest="risk: {challenge: 5}\n"), "must be a percentage"),
        (a_text(rest="risk: {challenge: 101%}\n"), "must be a percentage"),
        (a_text(rest="zones: {hq: [192.0.2.1/24]}\n"), "must be a network"),
        (a_text(rest="zones: {hq: 192.0.2.0/24}\n"), "must be a list"),
        (a_text(rest="zones: {hq: [1]}\n"), "must be a string"),
        (a_text(rest="enrolment: {in_flow: mffa}\n"), "did you mean 'mfa'?"),
        (a_text(rest="enrolment: {suggest: webauthn}\n"), "unknown 'webauthn'"),
        (a_text(actions="actions: {pay: {title: Pay}}\n"), "actions.pay: the key 'require' is missing"),
        (a_text(actions="actions: {pay: {require: {acr: mfa}}}\n"), "the key 'title' is missing"),
        (a_text(actions="actions: {pay: {title: Pay, require: {}}}\n"), "requires nothing"),
        (a_text("{if: {net.tor: {eq: true}}, deny: no}"), "the key 'id' is missing"),
        (a_text("{id: a, deny: no}\n{id: a, deny: no}"), "the rule 'a' is given twice"),
        (rule("require: {acr: mfa}, deny: no"), "exactly one of require, deny and enrol"),
        (rule("reason: x"), "exactly one of require, deny and enrol"),
        (rule("require: {acr: mfaa}"), "unknown 'mfaa'; did you mean 'mfa'?"),
        (rule("require: {forbid: [sns]}"), "unknown 'sns'; did you mean 'sms'?"),
        (rule("requires: {acr: mfa}"), "unknown key 'requires'; did you mean 'require'?"),
        (rule("deny: 'not served'"), "may hold only letters"),
        (rule("deny: ''"), "must not be empty"),
        (rule("enrol: {skips: 1}"), "the key 'level' is missing"),
        (rule("enrol: {level: mfa, skips: -1}"), "must be a whole number of at least 0"),
        (rule("on_unknown: guess, deny: no"), "unknown 'guess'"),
        (rule("scope: {actions: [play]}, deny: no"), "unknown 'play'; did you mean 'pay'?"),
        (rule("scope: {clients: []}, deny: no"), "the rule can never match"),
        (
            rule("if: {user.gruops: {contains_any: [a]}}, deny: no"),
            "unknown fact 'user.gruops'; did you mean 'user.groups'?",
        ),
        (rule("if: {zzz: {eq: a}}, deny: no"), "facts are listed in"),
        (rule("if: {time.hour@Mars/Base: {eq: 1}}, deny: no"), "unknown fact"),
        (rule("if: {'time.hour@': {eq: 1}}, deny: no"), "unknown fact"),
        (
            rule("if: {user.groups: {contains: [a]}}, deny: no"),
            "does not fit the texts user.groups; did you mean 'contains_any'?",
        ),
        (rule("if: {user.groups: {eq: a}}, deny: no"), "it takes contains_any"),
        (rule("if: {request.amount: {gt: many}}, deny: no"), "must be a number"),
        (rule("if: {user.age: {gt: 5}}, deny: no"), "must be a duration"),
        (rule("if: {net.tor: {eq: maybe}}, deny: no"), "must be true or false"),
        (rule("if: {risk.band: {at_least: hihg}}, deny: no"), "did you mean 'high'?"),
        (rule("if: {user.reach: {at_least: mffa}}, deny: no"), "did you mean 'mfa'?"),
        (rule("if: {net.ip: {eq: 1.2.3}}, deny: no"), "is not an IP address"),
        (rule("if: {net.ip: {within: [1.2.3.4/8]}}, deny: no"), "must be a network"),
        (rule("if: {net.country: {in: []}}, deny: no"), "it can never match"),
        (rule("if: {any: []}, deny: no"), "needs at least one entry"),
        (rule("if: {any: {}}, deny: no"), "must be a list"),
        (rule("if: {}, deny: no"), "must be a mapping such as"),
        (rule("if: yes, deny: no"), "must be a mapping such as"),
        (rule("if: {net.tor: {}}, deny: no"), "needs an operator"),
        (rule("if: {net.tor: true}, deny: no"), "must be a mapping"),
        (rule("if: " + "{all: [" * 11 + "{net.tor: {eq: true}}" + "]}" * 11 + ", deny: no"), "nested deeper than 10"),
        (rule("if: {any: [" + ", ".join(["{net.tor: {eq: true}}"] * 101) + "]}, deny: no"), "more than 200 nodes"),
        (rule("if: {net.country: {in: [" + ", ".join(["JP"] * 1001) + "]}}, deny: no"), "more than 1000 entries"),
        (a_text("\n".join(f"{{id: r{n}, deny: no}}" for n in range(201))), "more than 200 entries"),
        (a_text(rest="tests: [{name: a, given: {}}]\n"), "the key 'expect' is missing"),
        (a_text(rest="tests: [{}]\n"), "the key 'name' is missing"),
        (a_text(rest="tests: [{name: a, given: {}, expect: {}}]\n"), "expects nothing"),
        (a_text(rest="tests: [{name: a, given: {}, expect: {outcome: alow}}]\n"), "did you mean 'allow'?"),
        (
            a_text(rest="tests: [{name: a, given: {enrolled: [{age: 1d}]}, expect: {outcome: allow}}]\n"),
            "the key 'factor' is missing",
        ),
        (
            a_text(rest="tests: [{name: a, given: {evidence: [{age: 1d}]}, expect: {outcome: allow}}]\n"),
            "the key 'factor' is missing",
        ),
        (
            a_text(rest="tests: [{name: a, given: {facts: {user.reach: []}}, expect: {outcome: allow}}]\n"),
            "is computed and cannot be given",
        ),
        (
            a_text(rest="tests: [{name: a, given: {facts: {net.contry: JP}}, expect: {outcome: allow}}]\n"),
            "did you mean 'net.country'?",
        ),
        (
            a_text(rest="tests: [{name: a, given: {facts: {net.asn: x}}, expect: {outcome: allow}}]\n"),
            "must be a number",
        ),
        (
            a_text(rest="tests: [" + "{name: a, given: {}, expect: {outcome: deny}}, " * 2 + "]\n"),
            "given twice",
        ),
    ],
)
def test_a_mistake_is_named_with_what_was_probably_meant(text: str, words: str) -> None:
    """Unknown keys, facts and operators, wrong types, missing parts, limits."""
    found = problems_of(text)
    assert any(words in each for each in found), found


def test_a_mistake_names_file_line_column_and_key() -> None:
    """As compilers do, so that editors can jump there."""
    line = a_text("{id: a, if: {user.gruops: {contains_any: [x]}}, deny: no}").splitlines().index("rules:") + 2
    found = problems_of(a_text("{id: a, if: {user.gruops: {contains_any: [x]}}, deny: no}"))
    assert found == [
        f"p.yaml:{line}:18: rules.a.if.user.gruops: unknown fact 'user.gruops'; did you mean 'user.groups'?"
    ]


def test_all_mistakes_are_reported_at_once_in_order() -> None:
    """One pass finds them all."""
    found = problems_of(a_text("{id: a, deny: no, reson: x}", rest="sesions: {}\nlocks: {after: 0}\n"))
    assert len(found) == 3
    assert found == sorted(found, key=lambda text: int(text.split(":")[1]))


def test_version_is_blind_to_comments_and_key_order_but_not_to_the_order_of_levels_and_factors() -> None:
    """The SHA-256 of the canonical form."""
    base = a_bundle().version
    swapped = a_text().replace(
        "{title: Pay, require: {acr: urn:idp:acr:mfa, max_age: 5m}}",
        "{require: {max_age: 5m, acr: 'urn:idp:acr:mfa'}, title: Pay}",
    )
    assert len(base) == 64
    assert load_text("# a comment\n" + swapped, traits=TRAITS).version == base
    lines = ACR.splitlines(keepends=True)
    reordered = "".join([*lines[:2], *lines[3:5], lines[2], *lines[5:]])
    assert a_bundle(acr=reordered).version != base
    assert a_bundle(factors=FACTORS.replace("passkey, password, totp", "totp, password, passkey")).version != base


def test_sections_have_defaults_and_settings_are_typed() -> None:
    """What is not written is as policy.md §1 shows it."""
    bundle = a_bundle(
        factors=FACTORS + "  sms: {ttl: 3m, countries: [JP, NO]}\n", rest="locks: {for: 20m}\nrisk: {high: 0.5%}\n"
    )
    assert (bundle.sessions.idle, bundle.sessions.absolute) == (span("12h"), span("7d"))
    assert (bundle.locks.after, bundle.locks.lock_for, bundle.locks.ceiling) == (10, span("20m"), 100)
    assert (bundle.risk.challenge, bundle.risk.high) == (0.05, 0.005)
    assert bundle.factor_settings["sms"] == {
        "ttl": timedelta(minutes=3),
        "digits": 6,
        "attempts": 5,
        "countries": ("JP", "NO"),
    }
    assert bundle.factor_settings["totp"]["period"] == span("30s")
    assert (bundle.password.min, bundle.password.alone) == (8, 15)
    assert bundle.actions["pay"].require.acr == (MFA,)
    assert (
        a_bundle(rest="password: {min: 10}\ntrusted_devices: {idle: 1d}\nzones: {hq: [192.0.2.0/24]}\n").password.min
        == 10
    )


def test_budgets_are_read_with_their_defaults() -> None:
    """What is not written keeps its default; a budget of nothing and a share that is none are mistakes."""
    bundle = a_bundle(rest="budgets: {prefix_day: 50, used: 20%}\n")
    assert bundle.budgets == Budgets(prefix_day=50, used=0.2)
    assert a_bundle().budgets == Budgets()
    found = problems_of(a_text(rest="budgets: {prefix_day: 0, used: 2, weekly: 1}\n"))
    assert len(found) == 3


def test_an_own_factor_may_be_listed_and_has_settings_of_its_own() -> None:
    """The loader is given the table of traits."""
    traits = traits_table((FactorTraits("badge", frozenset({Kind.HAVE}), "badge", ()),))
    text = a_text(factors="factors: {first: [password], order: [password, badge], badge: {reader: door}}\n")
    bundle = load_text(text, traits=traits)
    assert (bundle.order, bundle.factor_settings["badge"]) == (("password", "badge"), {"reader": "door"})


def test_places_tell_where_each_part_stands() -> None:
    """Lint names file, line and column too."""
    bundle = load_text(a_text("{id: a, deny: no}"), file="p.yaml", traits=TRAITS)
    assert bundle.places["rules.a"].line == a_text("{id: a, deny: no}").splitlines().index("rules:") + 2
    assert {"acr.phr", "actions.pay"} <= set(bundle.places)


def test_a_text_is_read_once_for_each_name_and_table_of_factors() -> None:
    """What it was read as depends on nothing else."""
    bundle = load_text(a_text(), file="p.yaml", traits=TRAITS)
    assert load_text(a_text(), file="p.yaml", traits=dict(TRAITS)) is bundle
    assert load_text(a_text(), file="q.yaml", traits=TRAITS).places["acr.phr"].file == "q.yaml"
    own = traits_table((FactorTraits("badge", frozenset({Kind.HAVE}), "badge", ()),))
    assert "badge" in load_text(a_text(), file="p.yaml", traits=own).traits


class TestPaths:
    def test_a_folder_is_merged_by_file_name(self, tmp_path: Path) -> None:
        """It says the same as one file does."""
        folder = tmp_path / "acme.bundle"
        folder.mkdir()
        (folder / "1.yaml").write_text("# head\nbundle: acme\n" + ACR)
        (folder / "2.yaml").write_text(FACTORS.rstrip())
        (folder / "3.yaml").write_text(a_text()[a_text().index("actions:") :])
        (folder / "README").write_text("not read")
        bundle = load_path(folder, traits=TRAITS)
        assert bundle.version == a_bundle().version
        assert load_text(bundle.text, traits=TRAITS).version == bundle.version

    def test_a_key_given_twice_in_a_folder_is_an_error(self, tmp_path: Path) -> None:
        """No file silently overrides another."""
        folder = tmp_path / "acme.bundle"
        folder.mkdir()
        (folder / "1.yaml").write_text(a_text())
        (folder / "2.yaml").write_text("bundle: other\n")
        with pytest.raises(ConfigError, match=r"2\.yaml:1:1: bundle: given twice"):
            load_path(folder, traits=TRAITS)

    def test_files_that_cannot_be_put_together_are_refused(self, tmp_path: Path) -> None:
        """What is stored is one text."""
        folder = tmp_path / "acme.bundle"
        folder.mkdir()
        (folder / "1.yaml").write_text(a_text())
        (folder / "2.yaml").write_text("{zones: {}}\n")
        with pytest.raises(ConfigError):
            load_path(folder, traits=TRAITS)

    def test_what_is_stored_must_say_the_same_as_the_files(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Otherwise the folder is refused."""
        folder = tmp_path / "acme.bundle"
        folder.mkdir()
        (folder / "1.yaml").write_text(a_text())
        monkeypatch.setattr(loader, "load_text", lambda *_, **__: a_bundle("{id: a, deny: no}"))
        with pytest.raises(ConfigError, match="without `---`"):
            load_path(folder, traits=TRAITS)

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("p.yaml", None, "cannot be read"),
            ("p.yaml", b"\xff\xfe", "not valid UTF-8"),
            ("p.yaml", b"x" * 100, "larger than 50"),
            ("folder", None, "ends in .bundle"),
        ],
    )
    def test_what_cannot_be_read_is_a_config_error(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes | None, words: str
    ) -> None:
        """A missing file never means no policy."""
        monkeypatch.setattr(loader, "MAX_BYTES", 50)
        (tmp_path / "folder").mkdir()
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(ConfigError, match=words):
            load_path(tmp_path / name, traits=TRAITS)


def test_drafts_are_kept_as_long_as_is_said() -> None:
    """`publishing.drafts`, a day at least; 90 days where nothing is said."""
    kept = [a_bundle(rest=rest).publishing.drafts for rest in ("", "publishing: {drafts: 1d}\n")]
    assert kept == [timedelta(days=90), timedelta(days=1)]
