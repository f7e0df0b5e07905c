"""`idp outbox`."""

import json
from datetime import timedelta

import pytest

from idp.cli.installation import opened
from idp.core.clock import SystemClock
from idp.records.audit import store as audit
from idp.records.delivery import store
from tests.cli.conftest import Idp
from tests.delivery.kit import a_message, a_notice
from tests.support.mailbox import mailbox


@pytest.fixture
def filled(ready: Idp) -> Idp:
    now = SystemClock().now()
    with opened() as here, here.database.transaction() as tx:
        store.add(tx, a_notice(id="n1", created_at=now, text="a code was used"))
        store.add(tx, a_message(id="c1", created_at=now - timedelta(hours=1), expires_at=now))
    return ready


def test_outbox_lists_without_texts(filled: Idp) -> None:
    """Who looks after messages sees where they are, and no code."""
    said = filled("outbox", "list", "--json")
    assert [(row["id"], row["state"], row["to"]) for row in json.loads(said.stdout)] == [
        ("n1", "waiting", "a@example.com"),
        ("c1", "waiting", "+12025550103"),
    ]
    assert "123456" not in said.stdout
    assert "123456" not in filled("outbox", "list").stdout
    assert json.loads(filled("outbox", "list", "--state", "dead", "--json").stdout) == []


def test_outbox_needs_a_gateway_to_work(filled: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a gateway nothing can be sent, and that is said."""
    monkeypatch.setenv("IDP_PUSH_SERVICES", "none")
    said = filled("outbox", "work", "--once")
    assert (said.exit_code, said.stderr) == (
        1,
        "Error: no gateway is set: IDP_SMTP_URL, IDP_SMS_URL, IDP_PUSH_SERVICES\n",
    )


def test_outbox_sends_gives_up_and_tries_again(filled: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was given up is seen, and a notice can be tried again; a code cannot."""
    with mailbox() as box:
        monkeypatch.setenv("IDP_SMTP_URL", f"smtp://127.0.0.1:{box.port}")
        monkeypatch.setenv("IDP_MAIL_FROM", "no-reply@example.com")
        box.refuses["a@example.com"] = "550 no"
        assert "Messages tried: 1." in filled("outbox", "work", "--once").stdout
        (dead,) = json.loads(filled("outbox", "list", "--state", "dead", "--json").stdout)
        assert (dead["id"], dead["reason"]) == ("n1", "recipient_550")
        box.refuses.clear()
        assert filled("outbox", "retry", "n1").exit_code == 0
        filled("outbox", "work", "--once")
        assert len(box.mails) == 1
    with opened() as here, here.database.transaction() as tx:
        (event,) = audit.list_events(tx, limit=9, name="delivery.retried")
    assert event.details == {"by": "command line", "message": "n1"}
    assert filled("outbox", "retry", "n1").exit_code == 1
    assert filled("outbox", "retry", "c1").exit_code == 1
    assert filled("outbox", "retry", "none").exit_code == 1


def test_outbox_lets_go(filled: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice that was given up is let go once, and then tried no more; what waits is left alone."""
    assert filled("outbox", "let-go", "n1").exit_code == 1, "it waits"
    with mailbox() as box:
        monkeypatch.setenv("IDP_SMTP_URL", f"smtp://127.0.0.1:{box.port}")
        monkeypatch.setenv("IDP_MAIL_FROM", "no-reply@example.com")
        box.refuses["a@example.com"] = "550 no"
        filled("outbox", "work", "--once")
    assert filled("outbox", "let-go", "n1").exit_code == 0
    for verb, name in (("let-go", "n1"), ("retry", "n1"), ("let-go", "none")):
        assert filled("outbox", verb, name).exit_code == 1
