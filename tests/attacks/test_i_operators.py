"""Tables H and I, as far as they can be asked today: logs, errors, policies, first start."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from idp.admin.policies.model import Published, Refused
from idp.core.assurance import traits_table
from idp.core.errors import ConfigError
from idp.policy.loader import load_path, load_text
from idp.records.bundles.glass import store as glass
from idp.records.bundles.model import Glass
from idp.settings import Settings
from idp.storage.engine import Database
from tests.admin.kit import DEFAULT, HARDWARE, SHORTER, Office, an_office
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider, environ_for

MFA = "urn:idp:acr:mfa"


@pytest.fixture
def office(database: Database) -> Office:
    """Where policies are published."""
    return an_office(database)


LEVELS = "bundle: x\nacr:\n  urn:idp:acr:1fa: {title: Signed in, needs: [any]}\n"


def test_msg_12_no_secret_is_logged(
    provider: Provider,
    browser: Browser,
    bob: Person,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """MSG-12, ADM-19: at debug level too, no log line holds a password, code, seed, token, cookie or secret."""
    caplog.set_level(logging.DEBUG)
    attempt = provider.bank.attempt(acr_values=MFA)
    page = bob.identify(browser, browser.open(attempt.url), password="wrong guess of a password")
    code = bob.code(provider.clock.now())
    done = bob.give_code(browser, browser.follow(bob.identify(browser, page)), code)
    answer = provider.bank.redeem(attempt, provider.bank.code(attempt, done)).json()
    provider.bank.userinfo(answer["access_token"])
    second = provider.bank.attempt(acr_values=MFA, prompt="login")
    page = browser.follow(bob.give_password(browser, browser.open(second.url)))
    with provider.broken_after_verification():
        bob.give_code(browser, page, bob.code(provider.clock.now(), steps=1))
    logged = caplog.text + "".join(capfd.readouterr())
    secrets = {
        "password": bob.password,
        "wrong password": "wrong guess of a password",
        "seed": bob.totp_secret,
        "code": provider.bank.code(attempt, done),
        "access token": answer["access_token"],
        "id token": answer["id_token"],
        "client secret": provider.bank.secret,
        "verifier": attempt.verifier,
    } | {cookie.name: cookie.value for cookie in browser.jar.held.values()}
    assert {name for name, value in secrets.items() if value in logged} == set()


@pytest.mark.parametrize("text", ["a\r\nINFO forged", "\x1b[31mred", "a\u2028b", '","level":"error"', "%s %n {0}"])
def test_adm_18_log_lines_cannot_be_forged(
    provider: Provider, browser: Browser, text: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """ADM-18: whatever stands in a name, agent or state, a log line stays one line."""
    caplog.set_level(logging.DEBUG)
    page = browser.open(provider.bank.attempt(state=text if text.isprintable() else "s").url)
    _, url, entries = browser.fill(page, {"username": text, "password": "x"}, button="login-submit")
    agent = text.replace("\r\n", " ").encode("utf-8").decode("latin-1")
    assert browser.post(url, entries, headers={"User-Agent": agent}).status < 500
    for line in (caplog.text + "".join(capfd.readouterr())).splitlines():
        assert not line.startswith(("INFO forged", "\x1b[31m"))


def test_adm_19_defect_shows_nothing_of_itself(provider: Provider, browser: Browser, bob: Person) -> None:
    """ADM-19: a failure is a page with an incident id: no statement, no path, no secret, no debugger."""
    page = browser.open(provider.bank.attempt(acr_values=MFA).url)
    page = browser.follow(bob.identify(browser, page))
    with provider.broken_after_verification():
        failed = bob.give_code(browser, page, bob.code(provider.clock.now()))
    assert failed.status in {500, 503}
    for word in ("broken", "UPDATE", "credentials", "Traceback", "idp/", "sqlite", bob.totp_secret, bob.password):
        assert word not in failed.text


NEEDS = "require: {acr: urn:idp:acr:1fa}, reason: r"
"""The harmless end of a rule."""


def rule(condition: str) -> str:
    return f"rules: [{{id: r, if: {condition}, {NEEDS}}}]"


BAD_RULES = {
    "dunder": rule("{user.__class__: {eq: x}}"),
    "import": rule("""'__import__("os").system("true")'"""),
    "format": rule("{user.id: {format: '{0.__class__}'}}"),
    "python tag": rule("{user.id: {eq: !!python/name:os.system x}}"),
    "folded name": rule("{\uff55ser.id: {eq: x}}"),
    "unknown operator": rule("{user.id: {regex: '(a+)+$'}}"),
    "unknown key": "rules: [{id: r, require_mfaa: true}]",
    "unknown level": "rules: [{id: r, require: {acr: no-such-level}, reason: r}]",
    "level as list": "rules: [{id: r, require: {acr: [urn:idp:acr:1fa]}, reason: r}]",
    "no for a rule": "rules: no",
    "twice": "rules: []\nrules: []",
    "tags": "rules: !!set {a, b}",
    "too many nodes": rule("{all: [" + ", ".join(["{user.id: {eq: x}}"] * 300) + "]}"),
    "too deep": rule("{all: [" * 20 + "{user.id: {eq: x}}" + "]}" * 20),
    "long list": rule("{user.id: {in: [" + ", ".join(["x"] * 2000) + "]}}"),
    "too many rules": "rules: [" + ", ".join(f"{{id: r{number}, {NEEDS}}}" for number in range(300)) + "]",
}


@pytest.mark.parametrize("rules", BAD_RULES.values(), ids=BAD_RULES.keys())
def test_adm_06_07_10_bad_rules_do_not_load(rules: str) -> None:
    """ADM-06, ADM-07, ADM-10: code, bombs, misspelt keys and wrong types are refused at load, and never ignored."""
    with pytest.raises(ConfigError) as refused:
        load_text(LEVELS + rules, file="bad.yaml", traits=traits_table())
    assert all(problem.file == "bad.yaml" for problem in refused.value.problems)


@pytest.mark.parametrize("rules", BAD_RULES.values(), ids=BAD_RULES.keys())
def test_adm_28_import_refuses_what_publishing_would(tmp_path: Path, office: Office, rules: str) -> None:
    """ADM-28, ADM-10: there is one loader: a bundle that does not load is neither imported nor published."""
    before, path = office.live().version, tmp_path / "bad.yaml"
    path.write_text(LEVELS + rules)
    with pytest.raises(ConfigError):
        load_path(path, traits=traits_table())
    with pytest.raises(ConfigError):
        office.publish(LEVELS + rules)
    assert (office.live().version, office.events()) == (before, ())


def test_adm_04_glass_breaks_from_a_shell_alone_expires_and_tells_each_use(office: Office) -> None:
    """ADM-04: no person's name opens it, its time ends it, and each use is in the audit trail."""
    root = office.add("root", has_totp=True, roles=("owner",))
    now = office.clock.now()
    with office.database.transaction() as tx:
        glass.add(tx, Glass(id="g", by="root", reason="x", broken_at=now, mends_at=now + timedelta(minutes=30)))
    assert isinstance(office.publish(HARDWARE, by=root.id), Refused)
    assert isinstance(office.publish(HARDWARE), Published)
    office.clock.advance(timedelta(minutes=30))
    assert isinstance(office.publish(SHORTER), Published)
    assert isinstance(office.publish(HARDWARE), Refused)
    assert len(office.events("maintenance.break_glass.used")) == 1


def test_adm_11_order_of_rules_changes_no_decision(office: Office) -> None:
    """ADM-11: rules in another order are another text, and no other policy: nothing but their order is told."""
    start, end = DEFAULT.index("  - id: second-factor"), DEFAULT.index("  - id: unusual-sign-in")
    text = DEFAULT[:start] + DEFAULT[end:].replace("\ntests:", "\n" + DEFAULT[start:end] + "\ntests:", 1)
    outcome = office.publish(text)
    assert isinstance(outcome, Published)
    assert outcome.checked.changes == ()


def test_adm_08_glob_is_linear(provider: Provider, browser: Browser, alice: Person) -> None:
    """ADM-08: `matches` is a glob without backtracking: a long text costs nothing."""
    rule = (
        "rules: [{id: r, if: {client.id: {matches: '"
        + "*a" * 30
        + "*b'}}, require: {acr: urn:idp:acr:1fa}, reason: r}]\n"
    )
    bundle = load_text(LEVELS + "factors: {first: [password], order: [password]}\n" + rule, traits=traits_table())
    assert bundle.name == "x"
    client = provider.add_client("a" * 200)
    provider.publish(LEVELS + "factors: {first: [password], order: [password]}\n" + rule)
    assert provider.sign_in(browser, client, alice).acr == "urn:idp:acr:1fa"


@pytest.mark.parametrize("keys", ["", "changeme", "x" * 64, "changeme" * 8, "secret-key-secret-key-secret-key-123"])
def test_adm_26_default_secrets_do_not_start(tmp_path: Path, keys: str) -> None:
    """ADM-26: without a secret of the operator's own there is no service."""
    with pytest.raises(ConfigError, match="IDP_SECRET_KEYS"):
        Settings.from_env(environ_for(f"sqlite:///{tmp_path / 'x.sqlite3'}", keys=keys))


@pytest.mark.parametrize(
    ("username", "password"), [("admin", "admin"), ("admin", "password"), ("root", ""), ("admin", "")]
)
def test_adm_26_nobody_is_there_by_default(provider: Provider, browser: Browser, username: str, password: str) -> None:
    """ADM-26: a fresh installation has no account that anybody could guess."""
    page = browser.open(provider.bank.attempt().url)
    with provider.nothing_issued():
        answer = browser.submit(page, {"username": username, "password": password}, button="login-submit")
    assert answer.status == 422


@pytest.mark.parametrize(
    "path", ["/admin", "/admin/api/users", "/account", "/metrics", "/healthz", "/readyz", "/console", "/debug"]
)
def test_adm_29_nothing_of_the_inside_is_open(provider: Provider, browser: Browser, path: str) -> None:
    """ADM-29: what a stranger can reach shows no person, no secret and no version."""
    page = browser.get(path)
    assert page.status in {200, 303, 401, 403, 404, 503}
    for word in ("alice", KEY_START, "Traceback", "Werkzeug", "granian"):
        assert word not in page.text
    assert page.header("server") == ""


KEY_START = environ_for("sqlite:///x")["IDP_SECRET_KEYS"][:12]
