"""`idp webhook`."""

import json

from tests.cli.conftest import Idp


def test_webhook_lives_on_the_command_line(ready: Idp) -> None:
    """Made with a secret that is shown once, listed without it, tried, disabled, given another, taken away."""
    made = json.loads(ready("webhook", "add", "http://localhost:9/hook", "--event", "policy.*", "--json").stdout)
    assert made["secret"].startswith("whsec_")
    listed = ready("webhook", "list", "--json").stdout
    assert made["secret"] not in listed
    assert json.loads(listed)[0]["events"] == ["policy.*"]
    message = ready("webhook", "test", made["id"]).stdout.strip()
    waiting = json.loads(ready("webhook", "messages", made["id"], "--state", "waiting", "--json").stdout)
    assert [(each["id"], each["event"]) for each in waiting] == [(message, "webhook.test")]
    assert ready("webhook", "disable", made["id"]).exit_code == 0
    assert ready("webhook", "rotate-secret", made["id"]).stdout.strip() not in {"", made["secret"]}
    assert ready("webhook", "retry", made["id"], message).exit_code == 1
    assert ready("webhook", "remove", made["id"]).exit_code == 0
    assert ready("webhook", "remove", made["id"]).exit_code == 1


def test_webhook_leads_outside(ready: Idp) -> None:
    """What is no address to post to is refused with why."""
    said = ready("webhook", "add", "ftp://hooks.example/")
    assert (said.exit_code, "url" in said.stderr) == (1, True)
