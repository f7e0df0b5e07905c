"""The audit trail at a syslog server: as it is written, over each way, once it has read it and not before."""

import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from idp.cli.syslog import failure
from idp.core.tokens import SystemTokens
from idp.delivery.syslog.address import SyslogAddress, Transport, read
from idp.delivery.syslog.carrier import SyslogServer
from idp.delivery.syslog.follower import AT_ONCE, SyslogFollower
from idp.delivery.syslog.message import framed, message
from idp.records.audit import store as audit
from idp.records.audit.followers import store as followers
from idp.records.audit.model import Entry, Event
from idp.records.audit.seals import service as seals
from idp.records.audit.seals.model import Seal
from idp.storage.engine import Database
from tests.support.certificate import certificate
from tests.support.clock import FixedClock
from tests.support.fixtures import filled, make_provider
from tests.support.provider import MakeProvider

__all__ = ["filled", "make_provider"]

AT = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
_FRAME = re.compile(rb"(\d+) ")


class Receiver:
    """A syslog server: reads what comes to the end, and closes. It may hang up in the middle instead."""

    def __init__(self, listening: socket.socket, trust: ssl.SSLContext | None) -> None:
        self.messages: list[bytes] = []
        self.breaks_off = 0
        """How many connections are still to be broken off."""
        self._listening = listening
        self._trust = trust
        self.port: int = listening.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            try:
                self._read(self._trust.wrap_socket(connection, server_side=True) if self._trust else connection)
            except OSError:
                connection.close()

    def _read(self, connection: socket.socket) -> None:
        with connection:
            if self.breaks_off:
                self.breaks_off -= 1
                connection.recv(10)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                return
            text = b""
            while part := connection.recv(65_536):
                text += part
            self.messages += split(text)
            if isinstance(connection, ssl.SSLSocket):
                connection.unwrap()


def split(text: bytes) -> list[bytes]:
    """Tell messages apart by their length alone (RFC 6587 §3.4.1)."""
    found = []
    while text:
        length = _FRAME.match(text)
        assert length is not None, text[:80]
        found.append(text[length.end() :][: int(length[1])])
        assert len(found[-1]) == int(length[1])
        text = text[length.end() + int(length[1]) :]
    return found


@contextmanager
def receiver(trust: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        it = Receiver(listening, trust)
        it.thread.start()
        try:
            yield it
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            it.thread.join(5)


def server(port: int, transport: Transport = Transport.TCP, trust: ssl.SSLContext | None = None) -> SyslogServer:
    return SyslogServer(SyslogAddress(transport=transport, host="localhost", port=port), timeout=5, trust=trust)


def follower(database: Database, carrier: SyslogServer, clock: FixedClock | None = None) -> SyslogFollower:
    at = clock or FixedClock()
    return SyslogFollower(carrier, issuer="https://id.example.com", database=database, clock=at, tokens=SystemTokens())


def happen(database: Database, count: int, name: str = "login.password.failed") -> None:
    with database.transaction() as tx:
        audit.add_all(tx, [Event(name=name, at=AT, details={"number": number}) for number in range(count)])
    with database.transaction() as tx:
        while seals.seal(tx):
            pass


def begun(database: Database, carrier: SyslogServer, clock: FixedClock | None = None) -> SyslogFollower:
    """Return one that has looked once: what was sealed before then is not told."""
    it = follower(database, carrier, clock)
    assert it.work() == 0
    return it


def told(receiver: Receiver) -> list[int]:
    return [json.loads(each.partition(b"] ")[2])["seal"] for each in receiver.messages]


def test_an_event_is_one_message() -> None:
    """RFC 5424 §6, byte for byte; a name keeps to 32 printable characters, and text to one line of ASCII."""
    event = Event(name="login.password.failed", at=AT, user_id="u1", details={"typed": 'é"\n<110>1'})
    made = message(Seal(number=7, event_id=3, link="l", mac="m"), Entry(id=3, event=event), host="id.example.com")
    header, _, line = made.partition(b"] ")
    assert header == (
        b'<110>1 2026-03-01T12:00:00.250000Z id.example.com stepup-idp - login.password.failed [meta sequenceId="7"'
    )
    assert json.loads(line)["details"] == {"typed": 'é"\n<110>1'}
    assert (made.isascii(), b"\n" in made) == (True, False)
    odd = Event(name="a b\u00e9" + "c" * 40, at=AT)
    assert f" {'ab' + 'c' * 30} [".encode() in message(
        Seal(number=2**31, event_id=3, link="", mac=""), Entry(id=3, event=odd), host="h"
    )


def test_numbers_go_round_and_what_is_gone_is_said() -> None:
    """RFC 5424 §7.3.1: `sequenceId` is from 1 to 2147483647."""
    last, first = (
        message(Seal(number=number, event_id=3, link="", mac=""), None, host="h") for number in (2**31 - 1, 2**31)
    )
    assert b'sequenceId="2147483647"' in last
    assert b'sequenceId="1"' in first
    assert b"<110>1 - h stepup-idp - - [" in first
    assert b'"gone":true' in first


@pytest.mark.parametrize("way", ["tcp", "tls"])
def test_everything_sealed_is_told_in_order(database: Database, tmp_path: Path, way: str) -> None:
    """More than one portion, each once, over a connection that is told apart by lengths alone."""
    made = certificate(tmp_path)
    with receiver(made.server() if way == "tls" else None) as it:
        carrier = server(it.port, Transport.TLS, made.client()) if way == "tls" else server(it.port)
        happen(database, 3, "before.anybody.followed")
        follows = begun(database, carrier)
        happen(database, AT_ONCE + 1)
        assert follows.work() == 2
        assert follows.work() == 0
        carrier.check()
    assert told(it) == list(range(4, AT_ONCE + 5))


def test_nothing_is_lost_when_a_connection_breaks(database: Database) -> None:
    """What was written and not read to the end is told again, after a rest that grows."""
    clock = FixedClock()
    with receiver() as it:
        follows = begun(database, server(it.port), clock)
        happen(database, 400)
        it.breaks_off = 2
        assert follows.work() == 0
        assert follows.work() == 0, "it rests"
        clock.advance(timedelta(seconds=1))
        assert follows.work() == 0
        with database.transaction() as tx:
            at = followers.get(tx, "syslog")
        assert at is not None
        assert (at.failures, at.seal, at.rests_until) == (2, 0, clock.now() + timedelta(seconds=2))
        clock.advance(timedelta(seconds=2))
        assert follows.work() == 1
    assert told(it) == list(range(1, 401))


def test_who_dies_before_it_is_noted_has_it_told_again(database: Database) -> None:
    """The same numbers come twice rather than never; and of two processes one tells."""
    clock = FixedClock()
    with receiver() as it:
        first = begun(database, server(it.port), clock)
        happen(database, 2)
        found = first._next()
        assert found is not None
        first._server.carry(found[1])
        second = follower(database, server(it.port), clock)
        assert second.work() == 0, "the task is another's"
        clock.advance(timedelta(minutes=2))
        assert second.work() == 1
        with database.transaction() as tx:
            assert not followers.move_on(tx, found[0], upto=found[2])
    assert told(it) == [1, 2, 1, 2]


def test_a_server_of_somebody_else_is_told_nothing(database: Database, tmp_path: Path) -> None:
    """The certificate is verified."""
    (tmp_path / "other").mkdir()
    made, other = certificate(tmp_path), certificate(tmp_path / "other")
    with receiver(made.server()) as it:
        follows = begun(database, server(it.port, Transport.TLS, other.client()))
        happen(database, 1)
        assert follows.work() == 0
        with pytest.raises(ssl.SSLError):
            server(it.port, Transport.TLS, other.client()).check()
    assert it.messages == []


def test_datagrams_are_thrown(database: Database) -> None:
    """RFC 5426 §3.1: one message a datagram, without a length."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(5)
        carrier = SyslogServer(SyslogAddress(transport=Transport.UDP, host="127.0.0.1", port=bound.getsockname()[1]))
        carrier.check()
        follows = begun(database, carrier)
        happen(database, 2)
        assert follows.work() == 1
        found = [bound.recv(65_536) for _ in range(2)]
    assert all(each.startswith(b"<110>1 2026-03-01T12:00:00.250000Z id.example.com stepup-idp") for each in found)


def test_what_people_do_is_told(make_provider: MakeProvider) -> None:
    """From the setting to the server, with the text of the stream; doctor's question says nothing."""
    with receiver() as it:
        provider = make_provider(IDP_AUDIT_SYSLOG=f"tcp://localhost:{it.port}")
        provider.seal()
        assert provider.deliver() == 0
        provider.sign_in(provider.browser(), provider.bank, provider.people["alice"])
        provider.seal()
        provider.deliver()
        assert failure(SyslogAddress(transport=Transport.TCP, host="localhost", port=it.port)) == ""
    names = [json.loads(each.partition(b"] ")[2])["name"] for each in it.messages]
    assert {"login.password.passed", "session.started"} <= set(names)
    assert failure(SyslogAddress(transport=Transport.TCP, host="localhost", port=it.port)) == "ConnectionRefusedError"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("udp://logs.example", "udp://logs.example:514"),
        ("tcp://logs.example", "tcp://logs.example:601"),
        ("tcp+tls://logs.example:10514", "tcp+tls://logs.example:10514"),
        ("tcp://[2001:db8::1]", "tcp://[2001:db8::1]:601"),
    ],
)
def test_addresses_are_read(text: str, address: str) -> None:
    """With the usual port where none is named."""
    assert str(read(text)) == address
    assert read("") is None


@pytest.mark.parametrize(
    "text", ["logs.example", "http://logs.example", "tcp://", "tcp://a b", "tcp://u@h", "tcp://h/p", "udp://h:99999"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Saying what would be right."""
    with pytest.raises(ValueError, match="tcp\\+tls://HOST:6514"):
        read(text)


def test_frames_are_lengths_and_text() -> None:
    """RFC 6587 §3.4.1: octets are counted, not characters."""
    assert framed([b"<1>1 a", b"x" * 12]) == b"6 <1>1 a12 xxxxxxxxxxxx"
