"""Two things at one moment, of which one takes away what the other stands on: whichever is first, nothing is left.

Over four worker processes, on both databases.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.core.assurance import traits_table
from idp.login.situation import is_live
from idp.policy.loader import load_path
from idp.records.sessions import store as sessions
from tests.races.test_factors import shot
from tests.races.test_once import forget, location
from tests.support.afterwards import OFFLINE, may_refresh, refresh
from tests.support.browser import Browser
from tests.support.cluster import Cluster
from tests.support.enrolment import held
from tests.support.person import Person
from tests.support.race import Shot, par
from tests.support.relying_party import Attempt, basic
from tests.support.transport import Reply

ROUNDS = 2
BESIDE = 4
"""Of each kind, half of them before and half of them after what takes everything away."""
MFA = "urn:idp:acr:mfa"
NEW = "violet umbrellas forget nothing"

pytestmark = [pytest.mark.workers, pytest.mark.xdist_group("workers")]

End = Callable[[Cluster, Browser, Person], Shot]


def shut_out(four: Cluster, browser: Browser, person: Person) -> Shot:
    root, console = four.provider.add_person("shuts-out", has_totp=True, roles=("owner",)), four.browser()
    forget(four, root)
    assert root.answer(console, console.open("/admin/"), four.now()).status == 200
    return shot(four, console, console.get(f"/admin/people/{person.id}"), "disable")


def sign_out_everywhere(four: Cluster, browser: Browser, person: Person) -> Shot:
    return shot(four, browser, browser.open("/account/sessions"), "end-all")


def disconnect(four: Cluster, browser: Browser, person: Person) -> Shot:
    return shot(four, browser, browser.open("/account/applications"), "disconnect-bank")


def redeeming(four: Cluster, attempt: Attempt, code: str) -> Shot:
    fields, headers = four.bank.token_request(attempt, code)
    return Shot(four.issuer + "/token", list(fields.items()), headers)


def refreshing(four: Cluster, token: str) -> Shot:
    fields = [("grant_type", "refresh_token"), ("refresh_token", token)]
    return Shot(four.issuer + "/token", fields, {"Authorization": basic("bank", four.bank.secret)})


def check_worth_nothing(four: Cluster, reply: Reply) -> None:
    """Check that what an answer of `/token` holds, if anything, opens nothing."""
    assert reply.status in {200, 400}
    told = json.loads(reply.body)
    if reply.status == 400:
        assert told["error"] == "invalid_grant"
        return
    assert four.bank.userinfo(told["access_token"]).status == 401
    assert refresh(four.bank, told["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("end", [shut_out, sign_out_everywhere, disconnect], ids=lambda end: end.__name__)
def test_what_is_redeemed_while_all_is_ended_is_worth_nothing(four: Cluster, end: End) -> None:
    """SES-14, OAU-31: codes and refresh tokens that come at that very moment lead to nothing that outlives it."""
    may_refresh(four.provider, "bank")
    for number in range(ROUNDS):
        person = four.provider.add_person(f"{end.__name__}{number}-{four.provider.database.dialect}")
        browser = four.browser()
        tokens = [four.sign_in(browser, person, scope=OFFLINE).reply["refresh_token"] for _ in range(BESIDE)]
        attempts = [four.bank.attempt(scope=OFFLINE) for _ in range(BESIDE)]
        codes = [(attempt, four.bank.code(attempt, browser.get(attempt.url))) for attempt in attempts]
        beside = [*(redeeming(four, *each) for each in codes), *(refreshing(four, token) for token in tokens)]
        replies = par([*beside[::2], end(four, browser, person), *beside[1::2]])
        ended = replies.pop(BESIDE)
        assert ended.status == 303, f"round {number}: {ended}"
        for reply in replies:
            check_worth_nothing(four, reply)
        for attempt, code in codes:
            assert four.bank.redeem(attempt, code).json()["error"] == "invalid_grant"
        for token in tokens:
            assert refresh(four.bank, token).json()["error"] == "invalid_grant"
    four.assert_calm()


def live(four: Cluster, person: Person) -> int:
    """Return in how many sessions somebody is signed in."""
    bundle = load_path(Path("policies/demo.yaml"), traits=traits_table())
    with four.provider.database.transaction() as tx:
        found = sessions.list_sessions(tx, person.id)
    return sum(is_live(each, bundle=bundle, now=four.now()) for each in found)


def test_sign_in_by_the_old_password_at_the_moment_of_its_change(four: Cluster) -> None:
    """FLT-31: whoever gives it then is refused, or is signed out with everybody else; no code of theirs is good."""
    may_refresh(four.provider, "bank")
    for number in range(ROUNDS):
        person = four.provider.add_person(f"changes{number}-{four.provider.database.dialect}")
        owner, elsewhere = four.browser(), four.browser()
        four.sign_in(owner, person)
        token = four.sign_in(elsewhere, person, scope=OFFLINE).reply["refresh_token"]
        page = owner.open("/account/password")
        change = shot(four, owner, page, "password-submit", new_password=NEW, end_others="1")
        attempts, late = [four.bank.attempt(scope=OFFLINE) for _ in range(BESIDE)], []
        for attempt in attempts:
            browser = four.browser()
            typed = {"username": person.username, "password": person.password}
            late.append(shot(four, browser, browser.open(attempt.url), "login-submit", **typed))
        replies = par([*late[: BESIDE // 2], change, refreshing(four, token), *late[BESIDE // 2 :]])
        changed, refreshed = replies.pop(BESIDE // 2), replies.pop(BESIDE // 2)
        assert changed.status == 303
        assert {reply.status for reply in replies} <= {303, 422, 429, 503}
        assert live(four, person) == 1, "the owner's own"
        check_worth_nothing(four, refreshed)
        for attempt, reply in zip(attempts, replies, strict=True):
            if "code=" in location(reply):
                code = location(reply).partition("code=")[2].partition("&")[0]
                assert four.bank.redeem(attempt, code).json()["error"] == "invalid_grant"
        assert owner.get("/account/sessions").status == 200
    four.assert_calm()


def test_step_up_by_an_app_at_the_moment_of_its_removal(four: Cluster) -> None:
    """WAN-21 for apps: it may have been first; afterwards the session that it raised holds no level by it."""
    for number in range(ROUNDS):
        first = four.provider.add_person(f"removes{number}-{four.provider.database.dialect}", has_totp=True)
        (going,) = held(four.provider, first)
        second = four.provider.enrol_totp(first)
        owner, user, attempt = four.browser(), four.browser(), four.bank.attempt(acr_values=MFA)
        detail = second.answer(owner, owner.open(f"/account/factors/{going}"), four.now())
        detail = owner.follow(detail)
        page = user.follow(first.identify(user, user.open(attempt.url)))
        used, removed = par(
            [
                shot(four, user, page, "challenge-submit", code=first.code(four.now())),
                shot(four, owner, detail, "remove-submit"),
            ]
        )
        assert removed.status == 303
        assert used.status in {303, 422}
        assert going not in held(four.provider, first)
        user.jar.keep(page.url, [value for name, value in used.headers if name.lower() == "set-cookie"])
        silent = four.bank.attempt(acr_values=MFA, prompt="none")
        assert four.bank.error(silent, user.get(silent.url)) in {"login_required", "interaction_required"}
    four.assert_calm()
