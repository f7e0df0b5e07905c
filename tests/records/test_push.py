"""The push key and push subscriptions: one key that opens, one subscription an endpoint; on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from idp.core.secrets import SecretKeys
from idp.records.keys.push import store as push_keys
from idp.records.keys.push.service import PushKeys
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.push import store as subscriptions
from idp.records.users.push.model import Subscription
from idp.storage.engine import Database
from idp.storage.errors import ConflictError
from tests.records import rows
from tests.records.rows import NOW
from tests.support.builders import a_totp
from tests.support.clock import FixedClock
from tests.support.push import Subscribed

CLAIMS = {"aud": "https://push.example"}


def subscription(number: int, *, endpoint: str = "", credential: str = "") -> Subscription:
    """Return a subscription beside the credential of this number."""
    keys = Subscribed(endpoint or f"https://push.example/{number}").keys
    return Subscription(
        id=f"s{number}", user_id="u1", credential_id=credential or f"c{number}", keys=keys, created_at=NOW
    )


@pytest.fixture
def held(database: Database) -> Database:
    """Somebody with two credentials."""
    with database.transaction() as tx:
        user = rows.user()
        users.add(tx, user)
        for number in (1, 2):
            credentials.add_credential(tx, replace(a_totp(user, "GEZDGNBVGY3TQOJQ"), id=f"c{number}"))
    return database


def test_push_key_is_made_once_and_opens(database: Database) -> None:
    """However often a service starts, browsers stay subscribed to the same key."""
    keys = PushKeys(clock=FixedClock())
    with database.transaction() as tx:
        assert (keys.public_key(tx), keys.authorization(tx, CLAIMS)) == ("", "")
        keys.ensure(tx)
        first = keys.public_key(tx)
        keys.ensure(tx)
        assert keys.public_key(tx) == first
        assert keys.authorization(tx, CLAIMS).startswith("vapid t=")
        assert keys.authorization(tx, CLAIMS).endswith(f", k={first}")
        assert first in repr(push_keys.get(tx))


def test_push_key_that_no_key_opens_is_made_anew(database: Database) -> None:
    """It can vouch for nothing any more: until the next start nobody is told, from then on a new one is used."""
    keys = PushKeys(clock=FixedClock())
    with database.transaction() as tx:
        keys.ensure(tx)
        lost = push_keys.get(tx)
        assert lost is not None
        foreign = SecretKeys(["another secret key of the operator, long"]).seal(b"{}", context="push key:vapid")
        push_keys.remove(tx, lost)
        assert push_keys.add(tx, replace(lost, private_sealed=foreign))
        assert not push_keys.add(tx, lost)
        assert keys.authorization(tx, CLAIMS) == ""
        keys.ensure(tx)
        assert keys.public_key(tx) != lost.public_key
        assert keys.authorization(tx, CLAIMS)


def test_endpoint_belongs_to_one_subscription(held: Database) -> None:
    """The second that claims it is told so, whoever is faster; so is a second beside one credential."""
    with held.transaction() as tx:
        subscriptions.add(tx, subscription(1))
    for other in (subscription(2, endpoint="https://push.example/1"), subscription(2, credential="c1")):
        with pytest.raises(ConflictError), held.transaction() as tx:
            subscriptions.add(tx, other)


def test_subscriptions_are_listed_newest_first_and_go_with_their_credential(held: Database) -> None:
    """What is removed by itself is gone too, for one caller alone."""
    first, second = subscription(1), replace(subscription(2), created_at=NOW + timedelta(seconds=1))
    with held.transaction() as tx:
        subscriptions.add(tx, first)
        subscriptions.add(tx, second)
    with held.transaction() as tx:
        assert subscriptions.list_subscriptions(tx, "u1") == (second, first)
        assert subscriptions.get_by_endpoint(tx, first.keys.endpoint) == first
        assert credentials.remove_credential(tx, "c1", "u1")
        assert subscriptions.get(tx, first.id) is None
        assert [subscriptions.remove(tx, second.id), subscriptions.remove(tx, second.id)] == [True, False]
        assert not subscriptions.remove_of(tx, "c2")


def test_subscription_is_sealed_with_its_row(held: Database) -> None:
    """Copied into another row, or under a lost key, it tells nobody anything, and stands in nobody's way."""
    with held.transaction() as tx:
        subscriptions.add(tx, subscription(1))
        tx.change(text("UPDATE push_subscriptions SET id = 's9'"))
        assert subscriptions.list_subscriptions(tx, "u1") == ()
        found = subscriptions.get(tx, "s9")
        assert found is not None
        assert "push.example" not in repr(found)
        assert found.keys.endpoint == ""
