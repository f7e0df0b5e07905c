"""Publishing, rolling back, schedules and second administrators, over both databases."""

from datetime import timedelta
from pathlib import Path

import pytest

from idp.admin.policies.model import (
    NotYours,
    Proposed,
    Published,
    Refused,
    Scheduled,
    Stale,
    Unchanged,
)
from idp.core.errors import NotFoundError
from idp.records.bundles import store as bundles
from idp.records.bundles.glass import store as glass
from idp.records.bundles.model import Glass
from idp.storage.engine import Database
from tests.admin.kit import DEFAULT, HARDWARE, LONGER, SECOND, SHORTER, Office, an_office, bundle_of

MINUTE = timedelta(minutes=1)


def problems(outcome: object) -> str:
    assert isinstance(outcome, Refused)
    return "\n".join(map(str, outcome.checked.problems))


def test_a_published_bundle_decides_and_is_told_in_words(office: Office) -> None:
    """The event names both versions and says what changes."""
    before = office.live().version
    outcome = office.publish(SHORTER, note="asked for by audit")
    assert isinstance(outcome, Published)
    assert (office.max_age(), outcome.replaced) == (3 * MINUTE, before)
    (event,) = office.events("policy.published")
    assert event.details["replaced"] == before
    assert str(event.details["changes"]).startswith("stricter: payment.approve accepts proofs for 3m instead of 5m.")
    assert (event.details["note"], event.details["by"]) == ("asked for by audit", "command line")


def test_a_version_keeps_its_text_and_its_parent(office: Office) -> None:
    """Comments are part of the text, not of the version."""
    before = office.live().version
    office.publish("# why: audit\n" + SHORTER)
    with office.database.transaction() as tx:
        stored = bundles.live(tx)
    assert stored is not None
    assert (stored.parent, stored.text[:12]) == (before, "# why: audit")
    assert stored.version == bundle_of(SHORTER).version


def test_whoever_started_from_another_version_is_told_and_changes_nothing(office: Office) -> None:
    """Somebody has published since: 409."""
    before = office.live().version
    office.publish(SHORTER)
    at = office.clock.now()
    outcome = office.publish(LONGER, parent=before)
    assert outcome == Stale(live=bundle_of(SHORTER).version, by="command line", at=at)
    assert office.max_age() == 3 * MINUTE


def test_what_is_live_is_not_published_again(office: Office) -> None:
    """Nothing happens, and nothing is told."""
    assert office.publish(DEFAULT) == Unchanged(office.live().version)
    assert office.events() == ()


POLICY = "admin.policy: {title: Publish a policy, require: {acr: urn:idp:acr:"
BAD = {
    "a failing test": (
        SHORTER.replace("max_age: 3m, options", "max_age: 5m, options"),
        "the test fails: max_age: expected 5m, got 3m",
    ),
    "an untested rule": (
        DEFAULT.replace("rules:", "rules:\n  - {id: new, scope: {clients: [x]}, deny: no}"),
        "rules.new: no test flips when this rule is taken away",
    ),
    "an impossible requirement": (
        DEFAULT.replace("acr: urn:idp:acr:2sv, forbid: [sms, voice, approval]", "acr: phrh"),
        "nothing can satisfy it",
    ),
    "a rule that never matches": (
        DEFAULT.replace("if: {user.must_enrol: {eq: true}}", "if: {net.asn: {gt: 2, lt: 1}}"),
        "can never match",
    ),
    "a shipped action loosened": (DEFAULT.replace(POLICY + "mfa", POLICY + "1fa"), "loosened"),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD.keys())
def test_the_gate_refuses_with_a_reason(office: Office, text: str, said: str) -> None:
    """What lint finds stops a publication."""
    assert said in problems(office.publish(text))
    assert office.max_age() == 5 * MINUTE
    assert office.events() == ()


def test_nobody_is_locked_out_of_publishing(office: Office) -> None:
    """Once there is an administrator, one must be able to publish again."""
    office.add("root", has_totp=True, roles=("owner",))
    assert "no administrator could publish again" in problems(office.publish(HARDWARE))
    assert office.max_age() == 5 * MINUTE


def test_an_administrator_who_may_set_something_up_is_not_locked_out(office: Office) -> None:
    """While signing in, up to `enrolment.in_flow`, once enough is proved for it."""
    root = office.add("root", roles=("owner",))
    assert "no administrator could publish again" in problems(office.publish(SHORTER))
    office.add("other", has_totp=True, roles=("admin",), disabled_at=office.clock.now())
    assert "no administrator could publish again" in problems(office.publish(SHORTER))
    office.add("third", has_totp=True, roles=("admin",))
    outcome = office.publish(SHORTER, by=root.id)
    assert isinstance(outcome, Published)
    assert (outcome.checked.census.able, outcome.checked.census.administrators) == (1, 2)
    assert office.events("policy.published")[0].user_id == root.id


def test_people_who_could_not_meet_it_are_counted(office: Office) -> None:
    """Everybody but those shut out, with some of them by name."""
    office.add("ada", has_totp=True)
    office.add("ben")
    office.add("cyd", groups=("staff",))
    office.add("out", groups=("staff",), disabled_at=office.clock.now())
    staff = DEFAULT.replace(
        "rules:",
        "rules:\n  - {id: staff, if: {user.groups: {contains_any: [staff]}}, require: {acr: urn:idp:acr:mfa}}",
    ).replace(
        "tests:",
        "tests:\n  - name: staff\n    given: {enrolled: [password], evidence: [{factor: password}],"
        " facts: {user.groups: [staff]}}\n    expect: {outcome: deny}",
    )
    outcome = office.publish(staff)
    assert isinstance(outcome, Published)
    census = outcome.checked.census
    assert (census.people, census.unmet, census.unmet_now, census.examples) == (3, 1, 0, ["cyd"])


def test_rollback_goes_back_in_one_step_and_may_be_taken_back_itself(office: Office) -> None:
    """Without a version: to the one before."""
    first = office.live().version
    office.publish(SHORTER)
    assert isinstance(office.rollback(), Published)
    assert office.live().version == first
    office.rollback()
    assert office.max_age() == 3 * MINUTE
    assert isinstance(office.rollback(first), Published)
    assert len(office.events("policy.rolled_back")) == 3


def test_rollback_goes_to_what_was_live_and_nowhere_else(office: Office) -> None:
    """Nothing that was only kept."""
    with pytest.raises(NotFoundError):
        office.rollback()
    assert office.rollback(office.live().version) == Unchanged(office.live().version)
    office.publish(HARDWARE)
    office.add("root", has_totp=True, roles=("owner",))
    office.publish(SHORTER)
    assert "no administrator" in problems(office.rollback())
    with pytest.raises(NotFoundError):
        office.rollback("0" * 64)


def test_a_scheduled_bundle_decides_from_its_moment_on(office: Office) -> None:
    """On every node, without anybody doing anything; what is written down follows."""
    before = office.live().version
    outcome = office.publish(SHORTER, starts_at=office.clock.now() + timedelta(hours=1))
    assert isinstance(outcome, Scheduled)
    assert office.max_age() == 5 * MINUTE
    office.clock.advance(timedelta(hours=1))
    assert office.max_age() == 3 * MINUTE
    with office.database.transaction() as tx:
        assert bundles.live(tx).version == before  # type: ignore[union-attr]
        assert office.policies.is_as_published(tx)
        assert office.publisher.live(tx).version == bundle_of(SHORTER).version
        assert bundles.live(tx).version == bundle_of(SHORTER).version  # type: ignore[union-attr]
    assert len(office.events("policy.scheduled")) == 2
    assert isinstance(office.rollback(), Published)
    assert office.max_age() == 5 * MINUTE


def test_a_schedule_ends_when_something_else_is_published_before(office: Office) -> None:
    """It was checked against what was live then."""
    office.publish(SHORTER, starts_at=office.clock.now() + timedelta(hours=1))
    assert isinstance(office.publish(LONGER), Published)
    office.clock.advance(timedelta(hours=2))
    assert office.max_age() == 9 * MINUTE


@pytest.fixture
def two(office: Office) -> tuple[str, str]:
    """Two administrators, and a live bundle that wants both."""
    pair = (
        office.add("root", has_totp=True, roles=("owner",)).id,
        office.add("ruth", has_totp=True, roles=("admin",)).id,
    )
    assert isinstance(office.publish(SECOND), Published)
    return pair


def test_a_second_administrator_must_exist(office: Office) -> None:
    """Otherwise nobody could publish again."""
    office.add("root", has_totp=True, roles=("owner",))
    assert "a second approver must exist" in problems(office.publish(SECOND))


def test_a_second_administrator_must_agree(office: Office, two: tuple[str, str]) -> None:
    """Another than who proposed it; then it is live, and both are told of."""
    outcome = office.publish(LONGER, by=two[0])
    assert isinstance(outcome, Proposed)
    assert office.max_age() == 3 * MINUTE
    assert office.approve(outcome.proposal, two[0]) == NotYours()
    assert office.approve(outcome.proposal, office.add("ann", has_totp=True).id) == NotYours()
    assert isinstance(office.approve(outcome.proposal, two[1]), Published)
    assert office.max_age() == 9 * MINUTE
    event = office.events("policy.published")[0]
    assert (event.details["by"], event.details["approved_by"]) == two
    with pytest.raises(NotFoundError):
        office.approve(outcome.proposal, two[1])


def test_what_was_proposed_for_another_version_is_closed(office: Office, two: tuple[str, str]) -> None:
    """The second administrator agrees with what they saw, and with nothing else."""
    first, second = office.publish(LONGER, by=two[0]), office.publish(DEFAULT, by=two[0])
    assert isinstance(first, Proposed)
    assert isinstance(second, Proposed)
    office.approve(first.proposal, two[1])
    assert isinstance(office.approve(second.proposal, two[1]), Stale)
    assert office.max_age() == 9 * MINUTE


def test_one_alone_takes_back_the_last_publication_only(office: Office, two: tuple[str, str]) -> None:
    """Going back further could undo what two have agreed on."""
    proposed = office.publish(LONGER + "publishing: {second_approver: true}\n", by=two[0])
    assert isinstance(proposed, Proposed)
    office.approve(proposed.proposal, two[1])
    assert isinstance(office.rollback(bundle_of(DEFAULT).version, by=two[0]), Proposed)
    assert office.max_age() == 9 * MINUTE
    assert isinstance(office.rollback(by=two[0]), Published)
    assert office.max_age() == 3 * MINUTE


def test_broken_glass_goes_past_the_guards_for_a_while(office: Office) -> None:
    """For the command line alone, and each use is told."""
    root = office.add("root", has_totp=True, roles=("owner",))
    with office.database.transaction() as tx:
        now = office.clock.now()
        broken = Glass(id="g", by="root", reason="locked out", broken_at=now, mends_at=now + 30 * MINUTE)
        glass.add(tx, broken)
    assert isinstance(office.publish(HARDWARE, by=root.id), Refused)
    assert office.events("maintenance.break_glass.used") == ()
    assert isinstance(office.publish(HARDWARE), Published)
    assert len(office.events("maintenance.break_glass.used")) == 1
    office.clock.advance(31 * MINUTE)
    office.rollback()
    assert isinstance(office.publish(HARDWARE), Refused)


def test_where_a_file_is_the_truth_nothing_else_is_published(database: Database, tmp_path: Path) -> None:
    """And how the live one differs from it is said."""
    source = tmp_path / "policy.yaml"
    source.write_text(SHORTER)
    office = an_office(database, source=source)
    assert "is the truth about policy here" in problems(office.publish(LONGER))
    with office.database.transaction() as tx:
        drift = office.publisher.drift(tx)
    assert drift is not None
    assert [each.key for each in drift.changes] == ["actions.payment.approve", "tests"]
    assert isinstance(office.publish(SHORTER), Published)
    source.write_text("bundle: [")
    assert "policy.yaml" in problems(office.publish(LONGER))
    with office.database.transaction() as tx:
        drift = office.publisher.drift(tx)
    assert drift is not None
    assert drift.problems
