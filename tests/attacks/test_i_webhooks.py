"""Webhooks under attack: where they may lead, who may make them, and two processes at once."""

import socket
import threading
from typing import Any

import pytest

from idp.delivery import outside
from idp.delivery.hooks.spreading import Spreader
from idp.delivery.outcome import Later, Refused
from tests.support.admin_api import administrator, robot
from tests.support.gateway import gateway
from tests.support.provider import MakeProvider, Provider

INSIDE = [
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://localhost/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/",
    "https://192.168.1.1:8443/",
    "https://[fe80::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://100.64.0.1/",
]


@pytest.mark.parametrize("url", INSIDE)
def test_msg_08_nothing_inside_is_spoken_to(url: str) -> None:
    """SSRF: whatever spelling leads behind us is refused before a connection is made."""
    assert outside.post(url, b"{}", {}, timeouts=(0.2, 0.2)) in (Refused("address_not_public"), Later(reason="name"))


def test_msg_08_names_are_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: a name that answers with a public address first and another afterwards leads nowhere else."""
    asked: list[Any] = []

    def rebinding(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        address = "192.0.2.10" if len(asked) > 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(outside.socket, "getaddrinfo", rebinding)
    assert outside.post("https://rebinds.test/", b"{}", {}, timeouts=(0.2, 0.2)) == Refused("address_not_public")
    assert asked == ["rebinds.test"]


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "https://user:secret@hooks.example/",
        "https://hooks.example/#x",
        "ftp://hooks.example/",
        "https:///x",
        "https://hooks.example:port/",
        "https://hooks.example/\u00e9",
        "https://hooks.example/ x",
        "file:///etc/passwd",
        "",
        "https://hooks.example/" + "x" * 2_000,
    ],
)
def test_msg_08_odd_addresses_are_refused(provider: Provider, url: str) -> None:
    """422 naming the field; nothing is kept, and the text is not repeated to the log."""
    with provider.unchanged("webhooks"):
        page = robot(provider).call("POST", "/webhooks", {"url": url})
    assert (page.status, page.json()["errors"][0]["field"]) == (422, "url")


def test_msg_08_loopback_is_for_trying_out(make_provider: MakeProvider) -> None:
    """Where the issuer is not on loopback, nobody on this machine is told: not made, and not sent if it was."""
    with gateway() as receiver:
        here = make_provider()
        made = robot(here).do("POST", "/webhooks", {"url": receiver.url})
        real = here.restarted(IDP_ISSUER="https://id.example.com")
        try:
            api = robot(real, client_id="real")
            assert api.call("POST", "/webhooks", {"url": receiver.url}).status == 422
            api.do("POST", f"/webhooks/{made['webhook']['id']}/test")
            real.deliver()
        finally:
            real.close()
        assert receiver.told == []


def test_adm_21_webhooks_take_the_right_to_manage(provider: Provider) -> None:
    """Whoever only helps or looks connects nothing; a client needs its scope."""
    body = {"url": "https://hooks.example/"}
    for role in ("auditor", "helpdesk"):
        assert administrator(provider, role).call("POST", "/webhooks", body).status == 403
    assert robot(provider, "admin.console admin.clients").call("POST", "/webhooks", body).status == 403
    bad = robot(provider, client_id="other").call("POST", "/webhooks", {**body, "events": ["(a+)+$", "a b"]})
    assert (bad.status, bad.json()["errors"][0]["field"]) == (422, "events")


def test_two_processes_hand_on_once(provider: Provider) -> None:
    """Two that look at the trail at the same moment make one message of one event, and send it once."""
    with gateway() as receiver:
        api = robot(provider)
        api.do("POST", "/webhooks", {"url": receiver.url, "events": ["user.*"]})
        api.do("POST", "/people", {"username": "zoe"})
        provider.seal()
        gate = threading.Barrier(2)

        def work() -> None:
            gate.wait()
            with provider.database.transaction() as tx:
                Spreader(clock=provider.clock).spread(tx)
            gate.wait()
            provider.deliver()

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [told.headers["webhook-id"] for told in receiver.told] == list(
            dict.fromkeys(told.headers["webhook-id"] for told in receiver.told)
        )
        assert len(receiver.told) == 1
