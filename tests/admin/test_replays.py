"""A draft held against the past, from the console: asked for on a page, run by whoever claims it, read as figures."""

from datetime import timedelta

import pytest

from idp.admin.policies.replays.worker import Replayer
from idp.core.assurance import traits_table
from idp.core.tokens import SystemTokens
from idp.login.policies import Policies
from idp.policy.loader import load_text
from idp.records.bundles.replays import store as replays
from idp.records.bundles.replays.model import Job, Report, Sample, State
from idp.records.decisions import store as decisions
from idp.storage.engine import Database
from tests.admin.conftest import staff
from tests.admin.kit import DEFAULT, NOW
from tests.admin.test_policies import begun, saved, text_of, with_rule
from tests.policy.histories import a_history
from tests.support.browser import Browser, Page
from tests.support.clock import FixedClock
from tests.support.past import remember
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

COUNT = 200


def with_a_past(provider: Provider, owner: Browser) -> Page:
    """Return a draft that asks everybody at the shop twice, where much has been decided."""
    page = begun(owner)
    text = text_of(page)
    since = provider.clock.now() - timedelta(days=3)
    remember(provider.database, a_history(load_text(text, traits=traits_table()), COUNT, since=since))
    return saved(owner, page, with_rule(text))


def test_a_draft_is_replayed_and_its_hits_are_shown(provider: Provider, owner: Browser) -> None:
    """By rule and application, with decisions to open; while it waits the page says so and looks again."""
    page = with_a_past(provider, owner)
    waiting = owner.follow(owner.submit(page, {"days": "7"}, button="replay"))
    assert waiting.has("progress")
    assert 'http-equiv="refresh"' in waiting.text
    assert provider.replay() == 1
    assert provider.replay() == 0
    shown = owner.get(waiting.url)
    assert not shown.has("progress")
    assert "everybody-twice" in shown.document.text
    assert "shop" in shown.document.text
    assert shown.document.text_in("effect-challenged") != "0"
    samples = shown.document.text_in("samples")
    assert f"{provider.clock.now():%Y-%m-}" in samples
    assert "shop" in samples
    assert "let in" in samples
    assert "asked for more" in samples
    assert waiting.url.rpartition("/")[2] in owner.get(page.url).text
    again = owner.follow(owner.submit(page, {"days": "1"}, button="replay"))
    provider.replay()
    assert "Nothing would have come out differently." in owner.get(again.url).document.text
    owner.follow(owner.submit(owner.get(again.url), button="discard-replay"))
    assert owner.get(again.url).status == 404


def test_examples_say_whose_they_are(provider: Provider, owner: Browser, bob: Person, bank: RelyingParty) -> None:
    """Name, application, moment and outcome, with links; of a decision that was let go, that it was."""
    provider.sign_in(provider.browser(), bank, bob)
    with provider.database.transaction() as tx:
        (record,) = [each for each in decisions.list_decisions(tx, limit=20) if each.client_id == "bank"]
        replays.add(tx, a_job())
        job = replays.claim(tx, "a", now=NOW, until=NOW + timedelta(minutes=1))
        assert job is not None
        samples = (Sample("challenged", record.id), Sample("blocked", "f" * 32))
        assert replays.finish(tx, job, Report(records=2, samples=samples), now=NOW)
    shown = owner.get("/admin/policies/replays/one")
    read = shown.document.text_in("samples")
    assert f"{record.at:%Y-%m-%d %H:%M} bob bank let in asked for more" in read
    assert "ffffffffffff It has been let go meanwhile." in read
    assert f'href="/admin/people/{bob.id}"' in shown.text
    assert f'href="/admin/decisions/{record.id}"' in shown.text


def test_what_cannot_be_replayed_is_not(provider: Provider, owner: Browser) -> None:
    """No other time than those on the list, no text that does not load, nothing by who may only look."""
    page = begun(owner)
    token = dict(page.document.form_with("save").entries({}, None))["csrf_token"]
    assert owner.post(f"{page.url}/replays", {"csrf_token": token, "days": "4000"}).status == 404
    broken = saved(owner, page, text_of(page).replace("rules:", "ruels:"))
    refused = owner.post(f"{page.url}/replays", {"csrf_token": token, "days": "7"})
    assert refused.status == 422
    assert "did you mean 'rules'" in refused.document.text
    assert broken.has("problem")
    auditor, _ = staff(provider, "auditor")
    own = dict(auditor.get("/admin/keys").document.forms[0].entries({}, None))["csrf_token"]
    assert auditor.post(f"{page.url}/replays", {"csrf_token": own, "days": "7"}).status == 403
    assert provider.count("bundle_replays") == 0


def a_job(**changes: object) -> Job:
    values: dict[str, object] = {
        "id": "one", "draft_id": "draft", "by": "", "created_at": NOW, "since": NOW - timedelta(days=7),
        "until": NOW + timedelta(days=7), "before_text": DEFAULT, "after_text": DEFAULT,
    }  # fmt: skip
    return Job(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def kept(database: Database) -> Database:
    with database.transaction() as tx:
        replays.add(tx, a_job())
    remember(database, a_history(load_text(DEFAULT, traits=traits_table()), COUNT, since=NOW))
    return database


def replayer(database: Database, clock: FixedClock | None = None) -> Replayer:
    clock = clock or FixedClock(NOW)
    policies = Policies(traits=traits_table(), clock=clock)
    return Replayer(policies=policies, database=database, clock=clock, tokens=SystemTokens(), processes=1)


def found(database: Database) -> Job:
    with database.transaction() as tx:
        job = replays.get(tx, "one")
        assert job is not None
        return job


def test_one_claims_a_replay_and_another_takes_it_up_when_it_dies(kept: Database) -> None:
    """A claim is one caller's until it lapses; who lost it neither moves it on nor finishes it."""
    with kept.transaction() as tx:
        first = replays.claim(tx, "a", now=NOW, until=NOW + timedelta(minutes=1))
        assert first is not None
        assert replays.claim(tx, "b", now=NOW, until=NOW + timedelta(minutes=1)) is None
    assert replayer(kept).work_once() is False
    later = FixedClock(NOW + timedelta(minutes=1))
    assert replayer(kept, later).work() == 1
    assert (found(kept).state, found(kept).report.records) == (State.DONE, COUNT)
    with kept.transaction() as tx:
        assert not replays.move_on(tx, first, done=1, total=1, until=NOW)
        assert not replays.finish(tx, first, Report(), now=NOW)
    assert found(kept).report.records == COUNT


def test_a_process_that_ends_leaves_its_replay_to_another(kept: Database) -> None:
    """It is free again at once, and whoever takes it up begins anew: every decision is counted once."""
    ending = replayer(kept)
    ending.halt()
    assert ending.work_once() is False
    assert found(kept).state is State.WAITING
    with kept.transaction() as tx:
        half = replays.claim(tx, "a", now=NOW, until=NOW + timedelta(minutes=1))
        assert half is not None
        assert replays.move_on(tx, half, done=COUNT // 2, total=COUNT, until=NOW + timedelta(minutes=1))
        replays.let_go(tx, half)
    assert (found(kept).state, found(kept).done) == (State.WAITING, 0)
    assert replayer(kept).work() == 1
    assert (found(kept).state, found(kept).report.records) == (State.DONE, COUNT)


def test_a_replay_that_is_thrown_away_ends(kept: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its next word it finds that it is gone, and nothing is written."""
    claim = replays.claim

    def claimed_and_removed(*arguments: object, **named: object) -> Job | None:
        job = claim(*arguments, **named)  # type: ignore[arg-type]
        if job is not None:
            replays.remove(arguments[0], job.id)  # type: ignore[arg-type]
        return job

    monkeypatch.setattr(replays, "claim", claimed_and_removed)
    assert replayer(kept).work_once() is True
    with kept.transaction() as tx:
        assert replays.get(tx, "one") is None


def test_a_replay_that_fails_says_so(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Once, with the log to say why; it is not tried for ever. What is older than a month is removed."""
    with database.transaction() as tx:
        replays.add(tx, a_job(after_text="bundle: nothing"))
    assert replayer(database).work() == 1
    assert found(database).state is State.FAILED
    assert "the replay one failed" in caplog.text
    with database.transaction() as tx:
        assert replays.remove_before(tx, NOW) == 0
        assert replays.remove_before(tx, NOW + timedelta(seconds=1)) == 1
