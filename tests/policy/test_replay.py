"""A draft over the past: whom it would ask more, refuse, make enrol or let off."""

from datetime import timedelta
from pathlib import Path

import pytest

from idp.policy.kinds import Kinds
from idp.policy.language import Bundle
from idp.policy.loader import load_path
from idp.policy.model import Demand, EnrolAsk, Facts
from idp.policy.record import restore, snapshot
from idp.policy.replay import OTHERS, Effect, Replay, Row, Tally, Verdict
from tests.policy.histories import a_history
from tests.policy.kit import NOW, TRAITS, a_bundle, credential, proof

MFA = "{id: all, require: {acr: mfa}}"
NONE = ""
ENROL, LATER = "{id: all, enrol: {level: mfa}}", "{id: all, enrol: {level: mfa, skips: 1}}"
IN_FLOW = "enrolment: {in_flow: mfa}\n"
DEFAULT = load_path(Path("policies/default.yaml"), traits=TRAITS)
RICH = """{id: staff, if: {user.groups: {contains_any: [staff]}}, require: {acr: mfa, max_age: 10m}}
{id: big, if: {request.amount: {gt: 1000}}, require: {acr: mfa}}
{id: exact, if: {request.amount: {in: [7, 8]}}, deny: no}
{id: zoned, if: {net.zone: {contains_any: [hq]}}, unless: {device.trusted: {eq: true}}, require: {max_age: 1h}}
{id: old, if: {user.age: {gt: 500d}, net.asn: {eq: 3}}, deny: no}
{id: tagged, scope: {client_tags: [x]}, deny: no}
{id: must-enrol, if: {user.id: {eq: person 7}}, enrol: {level: mfa, skips: 1, within: 9d, cool_down: 3d}}"""


def verdict(before: Bundle, after: Bundle, enrolled: str, proofs: str, **facts: object) -> Verdict:
    """Return what `after` would have changed for Ada."""
    values = {"demand": Demand(client_id="bank"), "interaction_id": "here", "user_id": "ada", **facts}
    return Replay(before, after).verdict(
        Facts(**values),  # type: ignore[arg-type]
        tuple(map(proof, proofs.split())),
        tuple(map(credential, enrolled.split())),
        NOW,
    )


@pytest.mark.parametrize(
    ("before", "after", "enrolled", "proofs", "becomes"),
    [
        (NONE, MFA, "password totp", "password@here", Verdict(Effect.CHALLENGED, 1, ("all",))),
        (MFA, NONE, "password totp", "password@here totp@here", Verdict(Effect.FREED, -1, ("all",))),
        (MFA, MFA, "password totp", "password@here totp@here", Verdict(None, 0, ())),
        (NONE, MFA, "password", "password@here", Verdict(Effect.BLOCKED, 0, ("all",))),
        (MFA, NONE, "password", "password@here", Verdict(Effect.FREED, 0, ("all",))),
        (NONE, MFA, "password totp", "password@1h totp@1h", Verdict(None, 0, ())),
        (NONE, ENROL, "password email", "password@here email@here", Verdict(Effect.ENROLLED, 0, ("all",))),
        (NONE, LATER, "password email", "password@here email@here", Verdict(None, 0, ())),
    ],
)
def test_a_draft_is_held_against_what_was(
    before: str, after: str, enrolled: str, proofs: str, becomes: Verdict
) -> None:
    """As the interaction went, proof by proof, until a policy asks for no more."""
    bundles = (a_bundle(before, rest=IN_FLOW), a_bundle(after, rest=IN_FLOW))
    assert verdict(*bundles, enrolled, proofs, enrollable=("totp",)) == becomes


def test_who_was_never_known_is_asked_who_they_are_under_any_policy() -> None:
    """An interaction without a proof."""
    assert verdict(a_bundle(), a_bundle(MFA), "", "", user_id=None) == Verdict(None, 0, ())


def test_the_same_policy_never_differs_from_itself() -> None:
    """Over everything that was decided."""
    tally = Replay(DEFAULT, DEFAULT).run(row for _, row in a_history(DEFAULT, 300))
    assert (tally.records, dict(tally.effects), tally.extra) == (300, {}, 0)


def test_situations_of_one_kind_have_one_verdict() -> None:
    """Judging each kind once tells the same as judging every situation by itself."""
    rich = a_bundle(RICH, rest=IN_FLOW + "zones: {hq: [192.0.2.0/25]}\n", name="rich")
    rows = [row for _, row in a_history(DEFAULT, 600, seed=7)]
    for before, after in ((DEFAULT, rich), (rich, DEFAULT)):
        together = Replay(before, after)
        for row in rows:
            situation = restore(row.snapshot)
            assert together.verdict(*situation) == Replay(before, after).verdict(*situation), row.id
    kinds = {Kinds(DEFAULT).of(*restore(row.snapshot)) for row in rows}
    assert len(kinds) < len(rows) / 2


def asked(days: int, last: int | None = None) -> EnrolAsk:
    first, again = NOW - timedelta(days=days), None if last is None else NOW - timedelta(days=last)
    return EnrolAsk(rule="must-enrol", skips=0, first_asked_at=first, last_asked_at=again)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"demand": Demand(client_id="bank", max_age=60)}, {"demand": Demand(client_id="bank", max_age=61)}),
        ({"values": {"request.amount": 1000}}, {"values": {"request.amount": 1001}}),
        ({"values": {"net.ip": "192.0.2.1"}}, {"values": {"net.ip": "192.0.2.200"}}),
        ({"values": {"client.tags": ("x",)}}, {"values": {"client.tags": ("y",)}}),
        ({"user_id": "ada"}, {"user_id": "person 7"}),
        ({"enrol_asks": (asked(8),)}, {"enrol_asks": (asked(9),)}),
        ({"enrol_asks": (asked(8, 2),)}, {"enrol_asks": (asked(8, 3),)}),
        ({"signs_in": True}, {"signs_in": False}),
    ],
)
def test_situations_that_rules_tell_apart_are_of_two_kinds(one: dict[str, object], other: dict[str, object]) -> None:
    """On either side of a limit."""
    kinds = Kinds(a_bundle(RICH, rest=IN_FLOW + "zones: {hq: [192.0.2.0/25]}\n"))
    plain = {"demand": Demand(client_id="bank"), "interaction_id": "here", "user_id": "ada"}
    first, second = (Facts(**{**plain, **changes}) for changes in (one, other))  # type: ignore[arg-type]
    held = (credential("totp"),)
    assert kinds.of(first, (proof("totp@5m"),), held, NOW) != kinds.of(second, (proof("totp@5m"),), held, NOW)


def test_addresses_are_of_one_kind_where_no_rule_tells_them_apart() -> None:
    """Where all that is asked is whether they are in some network; where one is named by itself, it is another."""
    inside = "{id: in, if: {net.ip: {within: [192.0.2.0/25, 2001:db8::/32]}}, deny: no}"
    named = inside + "\n{id: it, if: {net.ip: {eq: 192.0.2.7}}, deny: no}"
    addresses = ("192.0.2.7", "192.0.2.8", "2001:db8::1", "192.0.2.200")
    asked = [
        Facts(demand=Demand(client_id="bank"), interaction_id="here", user_id="ada", values={"net.ip": address})
        for address in addresses
    ]
    for rules, kinds in ((inside, 2), (named, 4)):
        told = Kinds(a_bundle(rules))
        assert len({told.of(facts, (), (), NOW) for facts in asked}) == kinds, rules


def test_networks_of_an_address_are_known_again_and_made_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it was met before, and whether there was room for it, changes nothing."""
    monkeypatch.setattr("idp.policy.kinds._MOST_PLACES", 2)
    told = Kinds(a_bundle("{id: in, if: {net.ip: {within: [192.0.2.0/25]}}, deny: no}"))
    found = [
        told.of(
            Facts(demand=Demand(client_id="bank"), interaction_id="here", user_id="ada", values={"net.ip": address}),
            (),
            (),
            NOW,
        )
        for address in ("192.0.2.7", "192.0.2.7", "192.0.2.200", "192.0.2.8", "192.0.2.200")
    ]
    assert found[0] == found[1] == found[3]
    assert found[2] == found[4] != found[0]


def test_new_credentials_are_of_another_kind_only_where_they_are_held_back() -> None:
    """`enrolment.hold`."""
    facts = Facts(demand=Demand(client_id="bank"), interaction_id="here", user_id="ada")
    new, old = (credential("totp", since=NOW - timedelta(hours=age)) for age in (1, 99))
    plain, holding = Kinds(a_bundle()), Kinds(a_bundle(rest="enrolment: {in_flow: mfa, hold: 1d}\n"))
    assert plain.of(facts, (), (new,), NOW) == plain.of(facts, (), (old,), NOW)
    assert holding.of(facts, (), (new,), NOW) != holding.of(facts, (), (old,), NOW)


def a_row(name: str, groups: object = ("staff",)) -> Row:
    values = {"user.groups": groups}
    facts = Facts(demand=Demand(client_id="bank"), interaction_id="here", user_id="ada", values=values)  # type: ignore[arg-type]
    return Row(
        name, "bank", snapshot(facts, (proof("password@here"),), (credential("password"), credential("totp")), NOW)
    )


def test_what_is_counted_is_counted_by_client_group_and_rule() -> None:
    """With some examples, and what could not be read."""
    rows = [a_row(f"d{number}") for number in range(7)]
    tally = Replay(a_bundle(), a_bundle(MFA)).run([*rows, Row("x", "bank", "{}"), a_row("y", "nonsense")])
    assert (tally.records, tally.unreadable, tally.extra) == (8, 1, 8)
    assert dict(tally.clients) == {("challenged", "bank"): 8}
    assert dict(tally.groups) == {("challenged", "staff"): 7}
    assert dict(tally.rules) == {("challenged", "all"): 8}
    assert tally.examples == {"challenged": ["d0", "d1", "d2", "d3", "d4"]}


def test_tallies_add_up() -> None:
    """However the work is shared."""
    replay, rows = Replay(a_bundle(), a_bundle(MFA)), [a_row(f"d{number}") for number in range(7)]
    total = Tally()
    for part in (rows[:3], rows[3:]):
        total.add(replay.run(part))
    assert total == replay.run(rows)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many names are counted as others; too many kinds are forgotten and judged anew."""
    monkeypatch.setattr("idp.policy.replay._MOST_NAMES", 2)
    monkeypatch.setattr("idp.policy.replay.MOST_KINDS", 1)
    replay = Replay(a_bundle(), a_bundle(MFA))
    tally = replay.run([a_row("a", tuple("abcd")), a_row("b", ("a",)), *(row for _, row in a_history(DEFAULT, 5))])
    assert tally.groups[("challenged", OTHERS)] >= 2


def test_what_was_left_half_way_is_counted_beside() -> None:
    """All of it, and of each effect how many had given up: whom a draft asks less might have stayed."""
    facts = Facts(demand=Demand(client_id="bank"), interaction_id="here", user_id="ada")
    held = tuple(map(credential, ["password", "totp"]))
    text = snapshot(facts, (proof("password@here"),), held, NOW)
    rows = [Row("1", "bank", text, "abandoned"), Row("2", "bank", text, "finish"), Row("3", "bank", text, "abandoned")]
    freed, alike = (Replay(a_bundle(MFA), a_bundle(after)).run(rows) for after in (NONE, MFA))
    assert (freed.abandoned, dict(freed.given_up), dict(freed.effects)) == (2, {"freed": 2}, {"freed": 3})
    assert (alike.abandoned, dict(alike.given_up)) == (2, {})
    freed.add(alike)
    assert (freed.abandoned, dict(freed.given_up)) == (4, {"freed": 2})
