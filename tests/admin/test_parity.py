"""Whatever the console does, the API and the command line do too: a button that nobody names here fails this test."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from idp.cli.main import main
from tests.support.admin_api import ROOT
from tests.support.provider import Provider

PEOPLE, CLIENTS, KEYS = "/admin/people/<user_id>", "/admin/clients/<client_id>", "/admin/keys"
POLICIES, DRAFT, DELIVERY = "/admin/policies", "/admin/policies/drafts/<draft_id>", "/admin/delivery"
NOWHERE = "-"
"""Not on the command line: tests go to whoever asks, who is somebody there alone; drafts and replays are kept there."""
COUNTERPARTS: dict[tuple[str, str], tuple[str, str]] = {
    (PEOPLE, "disable"): ("disablePerson", "user disable"),
    (PEOPLE, "enable"): ("enablePerson", "user disable"),
    (PEOPLE, "end_sessions"): ("endSessionsOfPerson", "user end-sessions"),
    (PEOPLE, "unlock"): ("unlockPerson", "user unlock"),
    (PEOPLE, "reset_factors"): ("resetFactorsOfPerson", "user reset-mfa"),
    (PEOPLE, "remove_method"): ("removeMethod", "user remove-method"),
    (PEOPLE, "untrust"): ("forgetTrustedBrowser", "user forget-devices"),
    (PEOPLE, "ask_to_enrol"): ("askToEnrol", "user ask-to-enrol"),
    (PEOPLE, "ask_no_longer"): ("askNoLonger", "user ask-to-enrol"),
    ("/admin/people/new", ""): ("addPerson", "user add"),
    (f"{PEOPLE}/beginning", "ticket"): ("drawTicket", "user ticket"),
    (f"{PEOPLE}/beginning", "temporary_code"): ("drawTemporaryCode", "user temporary-code"),
    (f"{PEOPLE}/roles", "give"): ("assignRoles", "user role"),
    (f"{PEOPLE}/roles", "take"): ("assignRoles", "user role"),
    ("/admin/sessions", "end"): ("endSession", "session end"),
    ("/admin/clients/new", ""): ("addClient", "client add"),
    (CLIENTS, "save"): ("changeClient", "client update"),
    (CLIENTS, "rotate_secret"): ("rotateSecret", "client rotate-secret"),
    (CLIENTS, "disable"): ("disableClient", "client disable"),
    (CLIENTS, "enable"): ("enableClient", "client disable"),
    (f"{CLIENTS}/trial", ""): ("simulate", "policy explain"),
    (KEYS, "rotate"): ("rotateKey", "keys rotate"),
    (KEYS, "retire"): ("retireKey", "keys retire"),
    (DELIVERY, "retry"): ("retryMessage", "outbox retry"),
    (DELIVERY, "let_go"): ("letMessageGo", "outbox let-go"),
    (DELIVERY, "test"): ("sendTest", NOWHERE),
    (POLICIES, "rollback"): ("rollBack", "policy rollback"),
    (POLICIES, "approve"): ("approveProposal", "policy approve"),
    (f"{POLICIES}/drafts", ""): ("beginDraft", "policy export"),
    (f"{POLICIES}/import", ""): ("beginDraft", "policy import"),
    (DRAFT, "save"): ("editDraft", "policy import"),
    (f"{DRAFT}/lint", ""): ("lintPolicy", "policy lint"),
    (DRAFT, "discard"): ("discardDraft", NOWHERE),
    (f"{DRAFT}/publish", "publish"): ("publishDraft", "policy publish"),
    (f"{DRAFT}/publish", "take_up"): ("takeUpDraft", "policy publish"),
    (f"{DRAFT}/parts/<section>", "save"): ("editDraft", "policy import"),
    (f"{DRAFT}/parts/<section>", "rows"): ("editDraft", "policy import"),
    (f"{DRAFT}/parts/<section>", "remove"): ("editDraft", "policy import"),
    (f"{DRAFT}/trials", "shadow"): ("startShadow", "policy shadow start"),
    (f"{DRAFT}/trials", "canary"): ("startCanary", "policy canary start"),
    (f"{POLICIES}/trials", "end"): ("endShadow", "policy shadow end"),
    (f"{DRAFT}/replays", ""): ("startReplay", "policy replay"),
    (f"{POLICIES}/replays/<replay_id>", ""): ("discardReplay", NOWHERE),
}
"""What can be posted in the console: by route and choice, with the API's operation and the command that do it."""
LOOKS = {
    "/admin/": "readOverview",
    "/admin/settings": "readSettings",
    "/admin/people": "listPeople",
    PEOPLE: "readPerson",
    "/admin/clients": "listClients",
    CLIENTS: "readClient",
    "/admin/sessions": "listSessions",
    "/admin/decisions": "listDecisions",
    "/admin/decisions/<decision_id>": "explainDecision",
    "/admin/risk": "readRisk",
    "/admin/audit": "listEvents",
    DELIVERY: "listChannels",
    KEYS: "listKeys",
    POLICIES: "listPublications",
    f"{POLICIES}/versions/<version>": "compareVersions",
    DRAFT: "readDraft",
    f"{POLICIES}/replays/<replay_id>": "readReplay",
    f"{POLICIES}/trials": "readShadow",
    f"{POLICIES}/simulator": "simulate",
}
"""What can be looked at in the console, with the API's operation that tells the same."""
FORMS = re.compile(r"/new|/import|/beginning|/roles|/parts/<section>|/publish|/file|\.(csv|jsonl)|/trial")
"""Pages that are forms, or where one lands after them, or a list as a file."""
_CHOICE = re.compile(r'name="choice" value="([a-z_]+)')


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    """Yield every command's name."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name


def test_every_form_of_the_console_is_named(shared_provider: Provider) -> None:
    """A route that takes a form, and a button of any page, without a counterpart is a gap."""
    posted = {
        rule.rule
        for rule in shared_provider.flask.url_map.iter_rules()
        if rule.rule.startswith("/admin/") and not rule.rule.startswith(ROOT) and "POST" in (rule.methods or ())
    }
    pressed = {
        choice for page in Path("templates", "admin").glob("*.html") for choice in _CHOICE.findall(page.read_text())
    }
    assert posted == {route for route, _ in COUNTERPARTS}
    assert pressed == {choice for _, choice in COUNTERPARTS} - {""}


def test_every_page_of_the_console_is_told_by_the_api(shared_provider: Provider) -> None:
    """A page without an operation that tells the same is a gap."""
    shown = {
        rule.rule
        for rule in shared_provider.flask.url_map.iter_rules()
        if rule.rule.startswith("/admin/") and not rule.rule.startswith(ROOT) and "GET" in (rule.methods or ())
    }
    assert {rule for rule in shown if FORMS.search(rule) is None or rule in LOOKS} == set(LOOKS)


def test_every_counterpart_is_there(shared_provider: Provider) -> None:
    """The API's document has the operation, and the command line the command."""
    document = shared_provider.browser().get(f"{ROOT}/openapi.json").json()
    operations = {each["operationId"] for path in document["paths"].values() for each in path.values()}
    assert {operation for operation, _ in COUNTERPARTS.values()} | set(LOOKS.values()) <= operations
    assert {command for _, command in COUNTERPARTS.values()} - {NOWHERE} <= set(commands(main))
