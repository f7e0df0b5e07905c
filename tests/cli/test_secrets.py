"""`idp secrets`: after a change of IDP_SECRET_KEYS everything is sealed anew, whatever column it is in (F11)."""

import json

import pytest
from sqlalchemy import LargeBinary

from idp.cli.secrets import TRAIL
from idp.core.clock import SystemClock
from idp.core.secrets import SecretKeys, UnsealError
from idp.core.tokens import SystemTokens
from idp.login import store as interactions
from idp.login.model import Answer
from idp.migrations.tables import all_tables
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.audit.seals import service as seals
from idp.records.clients.repeats import store as repeats
from idp.records.delivery import store as outbox
from idp.records.delivery.hooks import store as hooks
from idp.records.delivery.hooks.model import Webhook
from idp.records.keys.push.service import PushKeys
from idp.records.keys.service import KeyRing
from idp.records.risks import store as risks
from idp.records.risks.peppers import store as peppers
from idp.records.users import store as users
from idp.records.users.address_proofs import store as proofs
from idp.records.users.address_proofs.model import AddressProof
from idp.records.users.credentials import store as credentials
from idp.records.users.push import store as subscriptions
from idp.records.users.push.model import Subscription
from idp.records.users.recoveries import store as recoveries
from idp.records.users.recoveries.model import Recovery
from idp.storage.columns import Sealed
from idp.storage.engine import Database
from idp.storage.resealing import sealed_values
from idp.storage.tx import Tx
from idp.web.current import Browser
from tests.cli.conftest import KEY, Idp, runner
from tests.cli.test_doctor import examined
from tests.records import rows
from tests.support.push import Subscribed

NEWER = "90f3c1d7ab52e648" * 2
UNSEALED = {
    "refresh_families.replay_sealed": "under a key of its own, derived from the token it answers",
    "risk_histories.blob": "of hashes alone",
    "risk_population.packed": "of hashes alone",
}
"""Binary columns that hang on no key of the ring, and why."""
PEOPLE = 7
HOOK = Webhook(
    id="h1", url="https://hook.test", description="", events=(), secret="s", old_secret="o", created_at=rows.NOW
)
TOLD = Subscribed("https://push.example/1").keys


def fill(tx: Tx) -> None:
    """Put something into every sealed column."""
    for number in range(PEOPLE):
        users.add(tx, rows.user(id=f"u{number}", username=f"name{number}"))
        credentials.add_credential(tx, rows.credential(id=f"c{number}", user_id=f"u{number}"))
    proofs.add(
        tx,
        AddressProof(id="p1", user_id="u1", address="a@b.test", created_at=rows.NOW, expires_at=rows.LATER, state=b"s"),
    )
    recoveries.add(
        tx, Recovery(id="r1", user_id="u1", started_at=rows.NOW, cools_until=rows.LATER, replaced=b"the one before")
    )
    outbox.add(tx, rows.message())
    outbox.add(tx, rows.message(id="sent"))
    outbox.mark_sent(tx, "sent", rows.NOW)
    interactions.add(tx, rows.interaction(), Browser())
    interactions.add(tx, rows.interaction(id="over"), Browser())
    assert interactions.finish(tx, rows.interaction(id="over"), Answer(url="https://rp.test/cb?code=x"), rows.NOW)
    assert repeats.begin(tx, "k1", fingerprint="f", at=rows.NOW)
    repeats.end(tx, "k1", b"an answer")
    hooks.add(tx, HOOK)
    peppers.draw(tx, 1, tokens=SystemTokens(), now=rows.NOW)
    assert risks.save_sum(tx, b"a sum, which is no secret", read=0, upto=1)
    KeyRing(clock=SystemClock()).ensure(tx, ("ES256",))
    PushKeys(clock=SystemClock()).ensure(tx)
    told = Subscription(id="s1", user_id="u1", credential_id="c1", keys=TOLD, created_at=rows.NOW)
    subscriptions.add(tx, told)
    audit.add(tx, Event(name="user.added", at=rows.NOW))
    seals.seal(tx)


def read_all(tx: Tx) -> None:
    """Open what `fill` has sealed. Raises UnsealError."""
    held = [credentials.get(tx, f"c{number}") for number in range(PEOPLE)]
    assert [each.material for each in held if each] == [rows.credential().material] * PEOPLE
    proof, recovery = proofs.get(tx, "p1", "u1"), recoveries.get_open(tx, "u1")
    assert proof is not None
    assert recovery is not None
    assert (proof.state, recovery.replaced) == (b"s", b"the one before")
    message, sent = outbox.get(tx, "m1"), outbox.get(tx, "sent")
    assert message is not None
    assert sent is not None
    assert (message.text, sent.text) == (rows.message().text, "")
    open_ = interactions.get(tx, "i1")
    assert open_ is not None
    assert open_.challenge_state == rows.interaction().challenge_state
    assert interactions.get_answer(tx, "over", rows.NOW) == Answer(url="https://rp.test/cb?code=x")
    repeat = repeats.get(tx, "k1")
    assert repeat is not None
    assert repeat.answer == b"an answer"
    assert hooks.get(tx, HOOK.id) == HOOK
    assert len(peppers.list_peppers(tx)[0].secret) > 20
    assert risks.get_sum(tx) == (1, b"a sum, which is no secret")
    assert KeyRing(clock=SystemClock()).signing_key(tx, "ES256") is not None
    assert PushKeys(clock=SystemClock()).authorization(tx, {"aud": "https://push.example"})
    assert [each.keys for each in subscriptions.list_subscriptions(tx, "u1")] == [TOLD]
    assert seals.verify(tx).broken is None


def with_keys(url: str, *keys: str) -> Database:
    return Database.open(url, keys=SecretKeys(keys))


@pytest.fixture
def url(database_url: str) -> str:
    """A database in which everything was sealed under the first key."""
    database = with_keys(database_url, KEY)
    with database.transaction() as tx:
        fill(tx)
    database.close()
    return database_url


@pytest.fixture
def rotated(url: str, monkeypatch: pytest.MonkeyPatch) -> Idp:
    """The command line after a new key was put in front."""
    return runner({"IDP_DATABASE_URL": url, "IDP_SECRET_KEYS": f"{NEWER},{KEY}"}, monkeypatch)


def listed(idp: Idp) -> dict[str, tuple[int, int, int]]:
    found = json.loads(idp("secrets", "list", "--json").stdout)
    return {row["where"]: (row["newest"], row["older"], row["lost"]) for row in found}


def test_every_binary_column_is_declared_sealed_or_named_here() -> None:
    """A column that is added later is sealed by its type, so that a change of keys finds it, or says why it is not."""
    columns = [column for table in all_tables().tables.values() for column in table.columns]
    undeclared = {
        f"{column.table.name}.{column.name}"
        for column in columns
        if (isinstance(column.type, LargeBinary) or column.name.endswith("_sealed"))
        and not isinstance(column.type, Sealed)
    }
    assert undeclared == set(UNSEALED)


def test_reseal_moves_every_sealed_value_to_the_newest_key(rotated: Idp, url: str) -> None:
    """Afterwards the old key can be taken away: everything opens without it. A second run finds nothing to do."""
    before = listed(rotated)
    assert set(before) == {*(values.name for values in sealed_values(all_tables())), TRAIL}
    assert all(older and not newest and not lost for newest, older, lost in before.values()), before
    warned = [row for row in examined(rotated)[1]["secrets"] if row["state"] == "warning"]
    assert "credentials.material_sealed 7" in warned[0]["found"]
    assert "idp secrets reseal" in warned[0]["mend"]

    result = rotated("secrets", "reseal", "--json")
    assert result.exit_code == 0, result.output
    told = {row["where"]: row["resealed"] for row in json.loads(result.stdout)}
    assert told == {where: older for where, (_, older, _) in before.items()}
    assert listed(rotated) == {where: (older, 0, 0) for where, (_, older, _) in before.items()}
    assert examined(rotated)[1]["secrets"][0]["state"] == "ok"
    assert "already" in rotated("secrets", "reseal").stdout

    database = with_keys(url, NEWER)
    with database.transaction() as tx:
        read_all(tx)
    database.close()


def test_reseal_goes_on_where_it_was_stopped(rotated: Idp, url: str) -> None:
    """Killed after some values it leaves each whole, under one key or the other, and the next run does the others."""
    values = next(each for each in sealed_values(all_tables()) if each.name == "credentials.material_sealed")
    database = with_keys(url, NEWER, KEY)
    with database.transaction() as tx:
        for each in values.list_older(tx, after=None, limit=3):
            assert values.renew(tx, each)
        assert [each.key for each in values.list_older(tx, after="c4", limit=9)] == ["c5", "c6"]
    with database.transaction() as tx:
        read_all(tx)
    told = {row["where"]: row["resealed"] for row in json.loads(rotated("secrets", "reseal", "--json").stdout)}
    assert told["credentials.material_sealed"] == PEOPLE - 3
    database.close()


def test_reseal_undoes_nothing_that_was_written_meanwhile(url: str) -> None:
    """A value that traffic replaced or erased after it was read stays as traffic left it."""
    named = {each.name: each for each in sealed_values(all_tables())}
    material, texts = named["credentials.material_sealed"], named["outbox.text_sealed"]
    database = with_keys(url, NEWER, KEY)
    with database.transaction() as tx:
        first, text = material.list_older(tx, after=None, limit=1)[0], texts.list_older(tx, after=None, limit=1)[0]
        assert credentials.replace_material(tx, first.key, b"chosen meanwhile")
        outbox.mark_sent(tx, text.key, rows.NOW)
        assert not material.renew(tx, first)
        assert not texts.renew(tx, text)
    with database.transaction() as tx:
        changed, sent = credentials.get(tx, first.key), outbox.get(tx, text.key)
    assert changed is not None
    assert sent is not None
    assert (changed.material, sent.text) == (b"chosen meanwhile", "")
    database.close()


def test_what_no_key_opens_is_told_and_left(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the key that sealed it a value is lost: said by name, exit 1, and put right by putting the key back."""
    idp = runner({"IDP_DATABASE_URL": url, "IDP_SECRET_KEYS": NEWER}, monkeypatch)
    result = idp("secrets", "reseal", "--json")
    assert result.exit_code == 1
    told = {row["where"]: (row["resealed"], row["lost"]) for row in json.loads(result.stdout)}
    assert told["credentials.material_sealed"] == (0, PEOPLE)
    failed = [row for row in examined(idp)[1]["secrets"] if row["state"] == "failed"]
    assert "credentials.material_sealed 7" in failed[0]["found"]
    assert "outbox" not in failed[0]["found"], "half-done things are missed by nobody"
    database = with_keys(url, NEWER)
    with database.transaction() as tx, pytest.raises(UnsealError):
        read_all(tx)
    database.close()
    idp = runner({"IDP_DATABASE_URL": url, "IDP_SECRET_KEYS": f"{NEWER},{KEY}"}, monkeypatch)
    assert idp("secrets", "reseal").exit_code == 0


def test_a_seal_of_the_trail_that_was_tampered_with_is_never_signed_anew(rotated: Idp, url: str) -> None:
    """Moving to another key launders nothing: the check of the trail still finds it."""
    database = with_keys(url, KEY)
    with database.engine().connect() as connection:
        connection.exec_driver_sql("UPDATE audit_seals SET link = '" + "0" * 64 + "'")
    database.close()
    rotated("secrets", "reseal")
    assert listed(rotated)[TRAIL] == (0, 0, 1)
    assert json.loads(rotated("audit", "verify", "--json").stdout)["broken"]["number"] == 1
