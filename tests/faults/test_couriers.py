"""Several processes that send from one outbox, while the server serves."""

from collections import Counter
from pathlib import Path

import pytest

from idp.core.tokens import SystemTokens
from idp.records.delivery import store as outbox
from idp.records.delivery.model import OutboxMessage, State
from tests.support.cluster import Cluster, cluster
from tests.support.enrolment import bind
from tests.support.gateway import gateway
from tests.support.waiting import until
from tests.support.workers import ENDS

pytestmark = pytest.mark.workers

ROUNDS = 20
EACH = 4
NUMBER = "+12025550103"
KEY = "a secret of thirty-two characters".replace(" ", "%20")


def is_all_sent(two: Cluster) -> bool:
    """Tell whether what the gateway has is known to be sent."""
    with two.provider.database.transaction() as tx:
        return not outbox.list_messages(tx, limit=1, state=State.WAITING)


def fill(two: Cluster) -> set[str]:
    """Commit messages in many transactions, as requests would."""
    ids, now = set(), two.now()
    for _ in range(ROUNDS):
        with two.provider.database.transaction() as tx:
            for _ in range(EACH):
                message = OutboxMessage(
                    id=SystemTokens().new_id(), channel="sms", to=NUMBER, purpose="code", created_at=now, text="123456"
                )
                outbox.add(tx, message)
                ids.add(message.id)
    return ids


def test_two_processes_send_each_message_once(request: pytest.FixtureRequest, tmp_path: Path, dialect: str) -> None:
    """O6: whatever two serving processes find in one outbox is sent once, and so is a code that comes to it."""
    with (
        gateway() as told,
        cluster(
            request, dialect, folder=tmp_path, workers=2, IDP_SMS_URL=f"webhook+http://{KEY}@127.0.0.1:{told.port}/"
        ) as two,
    ):
        ids = fill(two)
        until(lambda: len(told.told) >= len(ids))
        assert Counter(told.ids_told) == dict.fromkeys(ids, 1)
        bind(two.provider, two.people["alice"], phone=NUMBER)
        browser = two.browser()
        page = browser.open(two.bank.attempt(acr_values="urn:idp:acr:mfa").url)
        page = browser.follow(two.people["alice"].identify(browser, page))
        browser.submit(page, button="send-code")
        until(lambda: len(told.told) > len(ids))
        assert len(told.ids_told) == len(ids) + 1
        until(lambda: is_all_sent(two))
        two.assert_calm()
        two.running.stop()
        assert two.running.process.returncode in ENDS
