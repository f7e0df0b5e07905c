"""A verifier's answer, a skip, the set-up token, a proposal: once is once, over four worker processes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from idp.cli.own_factors import traits_of, with_verifiers
from idp.core.assurance import traits_table
from idp.policy.loader import load_text
from idp.records.bundles import store as bundles
from idp.records.bundles.model import BundleVersion, Proposal
from idp.records.bundles.proposals import store as proposals
from idp.records.bundles.rollouts import store as rollouts
from idp.records.users import store as users
from idp.records.users.finding import store as finding
from tests.attacks.test_i_first_run import PASSWORD, put_token
from tests.flows.test_external import METHODS, POLICY, VERIFIER, brought
from tests.flows.test_putting_off import asking
from tests.races.test_factors import at_challenge, forget_budgets, shot
from tests.races.test_once import location
from tests.support.cluster import Cluster
from tests.support.enrolment import bind, held
from tests.support.push import Subscribed
from tests.support.race import Shot, par
from tests.support.verifier import NAME

ROUNDS, AT_ONCE = 3, 20

pytestmark = pytest.mark.workers


@contextmanager
def governed(four: Cluster, policy: str) -> Iterator[None]:
    """Let another policy be in force, under its own version: a worker that is late in starting must find it whole."""
    _publish(four, policy)
    try:
        yield
    finally:
        _publish(four, Path("policies", "demo.yaml").read_text())
        forget_budgets(four)


def _publish(four: Cluster, policy: str) -> None:
    traits = traits_of(with_verifiers((), four.provider.settings))
    four.provider.publish(policy, version=load_text(policy, traits=traits).version)


def test_one_answer_of_a_verifier_is_taken_once(four: Cluster) -> None:
    """F10: of twenty that bring one good answer at once one is issued a code; the others are given the same."""
    person = four.provider.add_person("badged", has_totp=True)
    with governed(four, POLICY):
        browser = four.browser()
        page = browser.follow(person.answer(browser, browser.open(METHODS), four.now()))
        page = browser.follow(browser.submit(page, button=f"add-{NAME}"))
        page = browser.follow(person.give_code(browser, page, person.code(four.now())))
        request = VERIFIER.read(four.provider, browser.submit(page, button="go-elsewhere").location)
        browser.follow(brought(browser, request, VERIFIER.answer(request, four.now())))
        assert len(held(four.provider, person, NAME)) == 1
        for number in range(ROUNDS):
            forget_budgets(four)
            browser, page = at_challenge(four, person)
            page = browser.follow(browser.submit(page, button=f"choose-{NAME}")) if page.has("try-another") else page
            request = VERIFIER.read(four.provider, browser.submit(page, button="go-elsewhere").location)
            back = browser.get(f"{request['redirect_uri']}?answer={VERIFIER.answer(request, four.now())}")
            issued = four.provider.count("authorization_codes")
            replies = par([shot(four, browser, back, "challenge-submit")] * AT_ONCE)
            ends = {location(each) for each in replies if location(each).startswith(four.bank.redirect_uri)}
            assert len(ends) == 1, f"round {number}: {Counter(each.status for each in replies)}"
            assert {each.status for each in replies} <= {303, 422, 429, 503}
            assert four.provider.count("authorization_codes") == issued + 1
    four.assert_calm()


def test_one_skip_is_used_up_once(four: Cluster) -> None:
    """E1: eight pages offer the one skip that is left; one browser is let go on by it, the others are asked."""
    person = four.provider.add_person("putter", groups=("staff",))
    bind(four.provider, person, email=True)
    with governed(four, asking("skips: 1")):
        waiting = [four.browser() for _ in range(8)]
        shots = []
        for browser in waiting:
            page = browser.follow(person.identify(browser, browser.open(four.bank.attempt().url)))
            shots.append(shot(four, browser, page, "enrol-skip"))
        issued = four.provider.count("authorization_codes")
        replies = par(shots)
        ends = [each for each in replies if location(each).startswith(four.bank.redirect_uri)]
        assert len(ends) == 1, Counter(each.status for each in replies)
        assert {each.status for each in replies} <= {303, 503}
        assert four.provider.count("authorization_codes") == issued + 1
        assert four.provider.stored("enrol_asks", "skips") == {1}
    four.assert_calm()


def test_one_set_up_token_makes_one_owner(four: Cluster) -> None:
    """ADM-26: of twenty who bring the token at once, each with a name of their own, one is the owner."""
    put_token(four.provider)
    with four.provider.database.transaction() as tx:
        staff = [user for user in finding.list_by_id(tx, limit=500, after="") if user.roles]
        for user in staff:
            users.set_disabled(tx, user.id, four.now())
    shots = []
    for number in range(AT_ONCE):
        typed = {"token": "the-token-that-was-printed", "username": f"owner{number}", "new_password": PASSWORD}
        browser = four.browser()
        shots.append(shot(four, browser, browser.get("/setup"), "setup-submit", **typed))
    replies = Counter(reply.status for reply in par(shots))
    assert replies[303] == 1, replies
    assert set(replies) <= {303, 422, 503}
    with four.provider.database.transaction() as tx:
        made = [user for user in finding.list_by_id(tx, limit=500, after="") if user.roles and user.disabled_at is None]
        assert len(made) == 1
        for user in staff:
            users.set_disabled(tx, user.id, None)
    four.assert_calm()


def test_one_proposal_is_agreed_with_once(four: Cluster) -> None:
    """A2: of twenty clicks by which a second administrator agrees one schedules it, and one event says so."""
    proposer = four.provider.add_person("proposer", has_totp=True, roles=("owner",))
    second = four.provider.add_person("agreeing", has_totp=True, roles=("owner",))
    live = Path("policies", "demo.yaml").read_text() + "publishing: {second_approver: true}\n"
    with governed(four, live):
        browser, now = four.browser(), four.now()
        page = browser.follow(second.answer(browser, browser.open("/admin/policies"), now))
        draft = live.replace("idle: 12h", "idle: 11h", 1)
        assert draft != live
        with four.provider.database.transaction() as tx:
            present = bundles.live(tx)
            assert present is not None
            version = load_text(draft, traits=traits_table()).version
            bundles.add(
                tx, BundleVersion(version=version, name="later", text=draft, parent=present.version, created_at=now)
            )
            proposals.add(
                tx,
                Proposal(
                    id="raced",
                    version=version,
                    parent=present.version,
                    by=proposer.id,
                    at=now,
                    starts_at=now + timedelta(days=1),
                ),
            )
        page = browser.get("/admin/policies")
        assert "approve:raced" in page.text
        token = next(pair for pair in browser.fill(page, {}, button="begin-draft")[2] if pair[0] == "csrf_token")
        headers = {"Cookie": browser.jar.header(page.url), "Origin": four.issuer}
        agreeing = Shot(page.url, [token, ("choice", "approve:raced")], headers)
        replies = Counter(reply.status for reply in par([agreeing] * AT_ONCE))
        assert replies[200] == 1, replies
        assert set(replies) <= {200, 404, 503}
        with four.provider.database.transaction() as tx:
            assert [each.version for each in rollouts.list_rollouts(tx)] == [version]
            rollouts.end_all(tx)
    events = four.provider._query("SELECT count(*) FROM audit_events WHERE name = 'policy.scheduled'")
    assert events[0][0] == 1
    four.assert_calm()


def test_one_endpoint_is_one_browsers(four: Cluster) -> None:
    """F9: of six who name one endpoint at once, each with keys of their own, one is told there; others are refused."""
    shots = []
    for number in range(6):
        person, browser = four.provider.add_person(f"told{number}", has_totp=True), four.browser()
        four.sign_in(browser, person, acr_values="mfa")
        page = browser.open("/account/approvals")
        page = browser.follow(browser.submit(page, {"label": "Phone"}, button="turn-on-submit"))
        fields = Subscribed("https://fcm.googleapis.com/fcm/send/raced").fields
        shots.append(shot(four, browser, page, "tell-submit", **fields))
    for _ in range(ROUNDS):
        replies = Counter(reply.status for reply in par(shots))
        assert replies[303] == 1, replies
        assert set(replies) <= {303, 422, 503}
        assert four.provider.count("push_subscriptions") == 1
        with four.provider.database.engine().begin() as connection:
            connection.execute(text("DELETE FROM push_subscriptions"))
    four.assert_calm()
