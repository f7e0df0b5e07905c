"""What is remembered beside the protocol: devices, consents, decisions, events, messages, bundles."""

from datetime import UTC, date, datetime, timedelta

import pytest

from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.bundles import store as bundles
from idp.records.bundles.model import BundleVersion
from idp.records.consents import store as consents
from idp.records.consents.model import Consent
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from idp.records.delivery import store as delivery
from idp.records.delivery.model import OutboxMessage
from idp.records.devices import store as devices
from idp.records.devices.model import KnownDevice
from idp.storage import versions
from idp.storage.database_tx import DatabaseTx
from idp.storage.engine import Database
from idp.storage.errors import ConflictError
from tests.records import rows


def test_a_device_is_known_to_each_person_apart(tx: DatabaseTx) -> None:
    """A browser known to one person is unknown to another, and keeps when it was first seen."""
    first = KnownDevice(secret_hash="h", user_id="u1", first_seen_at=rows.NOW, seen_at=rows.NOW)
    again = KnownDevice(
        secret_hash="h", user_id="u1", first_seen_at=rows.LATER, seen_at=rows.LATER, factors=(("c1", rows.LATER),)
    )
    devices.note(tx, first)
    assert devices.get(tx, "h", "u1") == first
    devices.note(tx, again)
    found = devices.get(tx, "h", "u1")
    assert found == KnownDevice(
        secret_hash="h", user_id="u1", first_seen_at=rows.NOW, seen_at=rows.LATER, factors=again.factors
    )
    assert devices.get(tx, "h", "u2") is None
    assert devices.forget_all(tx, "u1") == 1
    assert devices.get(tx, "h", "u1") is None


def test_a_consent_is_replaced_and_withdrawn(tx: DatabaseTx) -> None:
    """A person has one consent for each client."""
    consent = Consent(user_id="u1", client_id="rp", scopes=("email",), granted_at=rows.NOW)
    wider = Consent(user_id="u1", client_id="rp", scopes=("email", "phone"), granted_at=rows.LATER)
    consents.save(tx, consent)
    assert consents.get(tx, "u1", "rp") == consent
    consents.save(tx, wider)
    assert consents.list_consents(tx, "u1") == (wider,)
    assert consents.remove(tx, "u1", "rp")
    assert not consents.remove(tx, "u1", "rp")
    assert consents.get(tx, "u1", "rp") is None


def _record(**changes: object) -> DecisionRecord:
    values: dict[str, object] = {
        "id": "d1",
        "at": rows.NOW,
        "bundle_version": "v1",
        "gate": "authorize",
        "interaction_id": "i1",
        "user_id": "u1",
        "client_id": "rp",
        "outcome": "finish",
        "required": ("mfa",),
        "achieved": "mfa",
        "because": ("rule 1",),
        "reasons": (),
        "snapshot": "{}",
        "latency_us": 250,
    }
    return DecisionRecord(**values | changes)  # type: ignore[arg-type]


def test_decisions_are_listed_newest_first(tx: DatabaseTx) -> None:
    """Records of everybody, or of one person, up to a limit."""
    first, second = _record(), _record(id="d2", at=rows.LATER, user_id="u2")
    decisions.add(tx, first)
    decisions.add(tx, second)
    assert decisions.get(tx, "d1") == first
    assert decisions.get(tx, "d3") is None
    assert decisions.list_decisions(tx, limit=5) == (second, first)
    assert decisions.list_decisions(tx, limit=1) == (second,)
    assert decisions.list_decisions(tx, limit=5, user_id="u1") == (first,)


def test_events_are_listed_newest_first(tx: DatabaseTx) -> None:
    """Events come in the order in which they were written, whatever their clocks say."""
    details = {"reason": "code_mismatch", "attempt": 2, "known": True}
    first = Event(name="login.password.failed", at=rows.LATER, user_id="u1", address="192.0.2.1", details=details)
    second = Event(name="session.started", at=rows.NOW, user_id="u1")
    third = Event(name="session.started", at=rows.NOW, user_id="u2")
    for event in (first, second, third):
        audit.add(tx, event)
    assert audit.list_events(tx, limit=9) == (third, second, first)
    assert audit.list_events(tx, limit=1) == (third,)
    assert audit.list_events(tx, limit=9, name="session.started") == (third, second)
    assert audit.list_events(tx, limit=9, user_id="u1") == (second, first)
    assert audit.list_events(tx, limit=9, name="session.started", user_id="u1") == (second,)


def test_a_message_is_sealed_at_rest_and_bound_to_its_row(tx: DatabaseTx) -> None:
    """The text of a message is not in the database, and does not open in another row."""
    message = OutboxMessage(id="m1", channel="sms", to="+81", purpose="code", created_at=rows.NOW, text="code 123456")
    later = OutboxMessage(id="m2", channel="email", to="a@b", purpose="code", created_at=rows.LATER, subject="Hello")
    delivery.add(tx, message)
    delivery.add(tx, later)
    assert delivery.list_messages(tx, limit=5) == (later, message)
    assert delivery.list_messages(tx, limit=1) == (later,)
    row = next(row for row in tx.all(delivery._LIST, {"limit": 5}) if row["id"] == "m1")
    assert b"123456" not in row["text_sealed"]
    assert delivery._opened(tx, {**row, "id": "m2"}).text == ""


def _bundle(version: str) -> BundleVersion:
    return BundleVersion(version=version, name="default", text="levels: {}", parent="", created_at=rows.NOW)


def test_the_live_bundle_is_the_one_published_last(tx: DatabaseTx) -> None:
    """Publishing and rolling back point to a version and drop every cache."""
    assert bundles.live(tx) is None
    for version in ("v1", "v2", "v2"):
        bundles.add(tx, _bundle(version))
    for version in ("v1", "v2", "v1"):
        before = versions.read(tx, bundles.CACHE)
        bundles.publish(tx, version, rows.NOW)
        live = bundles.live(tx)
        assert live is not None
        assert (live.version, live.published_at) == (version, rows.NOW)
        assert versions.read(tx, bundles.CACHE) != before
    assert bundles.get(tx, "v2") is not None
    assert bundles.get(tx, "v3") is None
    assert [bundle.version for bundle in bundles.list_bundles(tx, limit=9)] == ["v1", "v2"]


def test_a_bundle_that_is_not_there_is_not_published(database: Database) -> None:
    """What is live always exists."""
    with pytest.raises(ConflictError), database.transaction() as tx:
        bundles.publish(tx, "v9", rows.NOW)


def test_the_trail_is_read_page_by_page(tx: DatabaseTx) -> None:
    """Behind an event, by part of a name, by person and application, newest first."""
    for number in range(5):
        name = "session.started" if number % 2 else "login.password.passed"
        audit.add(tx, Event(name=name, at=rows.NOW, user_id=f"u{number}", client_id="bank" if number else ""))
    newest = audit.list_page(tx, limit=2)
    assert [entry.event.user_id for entry in newest] == ["u4", "u3"]
    assert [entry.event.user_id for entry in audit.list_page(tx, limit=9, before=newest[-1].id)] == ["u2", "u1", "u0"]
    assert len(audit.list_page(tx, limit=9, name="session.")) == 2
    assert len(audit.list_page(tx, limit=9, user_id="u0")) == 1
    assert len(audit.list_page(tx, limit=9, client_id="bank")) == 4


def test_events_are_counted_by_day(tx: DatabaseTx) -> None:
    """Days are those of UTC, to the microsecond; what is older or not of interest is left out."""
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    for at in (midnight - timedelta(microseconds=1), midnight, midnight + timedelta(hours=23, minutes=59)):
        audit.add(tx, Event(name="session.started", at=at))
    audit.add(tx, Event(name="session.started", at=midnight - timedelta(days=2)))
    audit.add(tx, Event(name="user.added", at=midnight))
    found = audit.count_by_day(tx, midnight - timedelta(days=1))
    day = (midnight.date() - date(1970, 1, 1)).days
    assert {(each.name, each.day): each.count for each in found} == {
        ("session.started", day - 1): 1,
        ("session.started", day): 2,
    }
