"""Shadows and canaries: through the front door, on real traffic."""

from datetime import timedelta

import pytest

from idp.admin.policies.model import Published, Refused, Stale, Unchanged, Wish
from idp.admin.policies.rolling_out import Rollouts, Started
from idp.admin.staff import COMMAND_LINE
from idp.records.bundles.model import Rollout
from tests.admin.kit import DEFAULT, LONGER, SECOND, SHORTER, Office, an_office, bundle_of, gate_of
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider

ALWAYS = DEFAULT.replace(
    "rules:", "rules:\n  - {id: all, scope: {clients: [bank]}, require: {acr: urn:idp:acr:mfa}}"
).replace(
    "tests:",
    "tests:\n  - name: everybody at the bank\n    given: {client: bank, enrolled: [password],"
    " evidence: [{factor: password}]}\n    expect: {outcome: deny}",
)


@pytest.fixture
def served(make_provider: MakeProvider) -> Provider:
    return make_provider(policy="default", is_fresh=True)


@pytest.fixture
def desk(served: Provider) -> tuple[Office, Rollouts]:
    office = an_office(served.database, clock=served.clock)
    return office, Rollouts(publisher=office.publisher, gate=gate_of(office), clock=served.clock)


def wish(office: Office, text: str, **changes: str) -> Wish:
    return Wish(**{"bundle": bundle_of(text), "parent": office.live().version, "by": COMMAND_LINE, **changes})  # type: ignore[arg-type]


def test_a_shadow_is_compared_and_enforces_nothing(desk: tuple[Office, Rollouts], served: Provider) -> None:
    """Alice signs in with her password as before; that she would not have is counted."""
    office, rollouts = desk
    with office.database.transaction() as tx:
        assert rollouts.comparison(tx) is None
        assert isinstance(rollouts.shadow(tx, wish(office, ALWAYS)), Started)
    served.advance(1)
    alice, bob = served.people["alice"], served.people["bob"]
    assert served.sign_in(served.browser(), served.bank, alice).acr == "urn:idp:acr:1fa"
    served.sign_in(served.browser(), served.bank, bob)
    with office.database.transaction() as tx:
        found = rollouts.comparison(tx)
        assert found is not None
        assert (found.compared, dict(found.effects)) == (2, {"blocked": 1})
        assert dict(found.clients) == {("blocked", "bank"): 1}
        assert rollouts.end(tx, Rollout.SHADOW, by=COMMAND_LINE)
        assert not rollouts.end(tx, Rollout.SHADOW, by=COMMAND_LINE)
    assert [event.name for event in office.events()[:1]] == ["policy.shadow.ended"]


def refused(served: Provider, person: Person) -> bool:
    page = person.identify(browser := served.browser(), browser.open(served.bank.attempt().url))
    page = browser.follow(page) if page.status == 303 else page
    return "/login/" in page.url and page.status == 200


def test_a_canary_decides_for_its_people_alone(desk: tuple[Office, Rollouts], served: Provider) -> None:
    """A group, then a share; a rollback ends it."""
    office, rollouts = desk
    served.add_person("pia", groups=("pilots",))
    with office.database.transaction() as tx:
        assert isinstance(rollouts.canary(tx, wish(office, ALWAYS), audience="pilots"), Started)
    assert refused(served, served.people["pia"])
    with served.nothing_issued():
        assert refused(served, served.people["pia"])
    assert served.sign_in(served.browser(), served.bank, served.people["alice"]).acr == "urn:idp:acr:1fa"
    with office.database.transaction() as tx:
        rollouts.canary(tx, wish(office, ALWAYS), share=10_000)
    assert refused(served, served.people["alice"])
    served.advance(1)
    assert isinstance(office.publish(SHORTER), Published)
    assert served.sign_in(served.browser(), served.bank, served.people["alice"]).acr == "urn:idp:acr:1fa"


def test_what_stands_against_it_stops_it(desk: tuple[Office, Rollouts], served: Provider) -> None:
    """The gate, another version that is live by now, and a second administrator who must agree."""
    office, rollouts = desk
    with office.database.transaction() as tx:
        untested = DEFAULT.replace("rules:", "rules:\n  - {id: new, scope: {clients: [x]}, deny: no}")
        assert isinstance(rollouts.shadow(tx, wish(office, untested)), Refused)
        assert isinstance(rollouts.shadow(tx, wish(office, SHORTER, parent="0" * 64)), Stale)
        assert isinstance(rollouts.shadow(tx, wish(office, DEFAULT)), Unchanged)
    office.add("root", has_totp=True, roles=("owner",))
    office.add("ruth", has_totp=True, roles=("owner",))
    assert isinstance(office.publish(SECOND), Published)
    with office.database.transaction() as tx:
        assert isinstance(rollouts.canary(tx, wish(office, LONGER), share=100), Refused)
        assert isinstance(rollouts.shadow(tx, wish(office, LONGER)), Started)


def test_addresses_are_kept_only_where_the_policy_says_so(served: Provider) -> None:
    """`records: {addresses: false}`: no record holds one."""
    served.sign_in(served.browser(), served.bank, served.people["alice"])
    assert any('"net.ip":"' in text for text in served.stored("decisions", "snapshot"))
    served.publish(DEFAULT + "records: {addresses: false}\n")
    served.advance(timedelta(seconds=1).total_seconds())
    before = served.stored("decisions", "id")
    served.sign_in(served.browser(), served.bank, served.people["alice"])
    (added,) = served.stored("decisions", "id") - before
    texts = {text for text in served.stored("decisions", "snapshot") if '"net.ip":"unknown"' in text}
    assert added
    assert len(texts) == 1


def test_a_canary_decides_about_the_account_pages_of_its_people_too(
    desk: tuple[Office, Rollouts], served: Provider
) -> None:
    """Whoever the draft is tried out on is offered what it offers, and held to its rules for passwords."""
    office, rollouts = desk
    served.add_person("pia", groups=("pilots",))
    draft = DEFAULT.replace("password: {min: 8, alone: 15}", "password: {min: 8, alone: 21}").replace(
        "order: [passkey, password, totp, approval,", "order: [password, totp, passkey, approval,"
    )
    with office.database.transaction() as tx:
        assert isinstance(rollouts.canary(tx, wish(office, draft), audience="pilots"), Started)
    seen = {}
    for name in ("pia", "alice"):
        browser, person = served.browser(), served.people[name]
        served.sign_in(browser, served.bank, person)
        page = browser.get("/account/password")
        methods = browser.get("/account/factors")
        seen[name] = (
            "21 to" in page.document.text,
            methods.text.index("add-totp") < methods.text.index("add-passkey"),
        )
    assert seen == {"alice": (False, False), "pia": (True, True)}
