"""Carrying messages to a syslog server: over UDP (RFC 5426), TCP (RFC 6587) or TLS (RFC 5425).

Syslog has no answer, and what was written to a connection may be lost with it. So each portion has a connection of its
own: everything is written, our side is closed, and only when the server closes its side too has it read to the end.
Over UDP nobody can know. Certificates are always verified; a private authority is named by `SSL_CERT_FILE`.
"""

import socket
import ssl
from contextlib import suppress

from idp.delivery.syslog.address import SyslogAddress, Transport
from idp.delivery.syslog.message import framed

TIMEOUT = 10.0
"""Seconds for each step."""
_LONGEST_DATAGRAM = 65_000
"""Octets: what is longer is cut, as no network carries it."""


class SyslogServer:
    """One syslog server."""

    def __init__(
        self, address: SyslogAddress, *, timeout: float = TIMEOUT, trust: ssl.SSLContext | None = None
    ) -> None:
        self.address = address
        self._timeout = timeout
        self._trust = trust

    def carry(self, messages: list[bytes]) -> None:
        """Hand messages over, and return once they have been read. Raises OSError when nobody knows that they were."""
        if self.address.transport is Transport.UDP:
            self._throw(messages)
            return
        with self._connected() as connection:
            connection.sendall(framed(messages))
            _closed(connection)

    def check(self) -> None:
        """Connect and say nothing. Raises OSError when nobody is there; over UDP only when the name is unknown."""
        if self.address.transport is Transport.UDP:
            socket.getaddrinfo(self.address.host, self.address.port, type=socket.SOCK_DGRAM)
            return
        with self._connected():
            pass

    def _throw(self, messages: list[bytes]) -> None:
        family, kind, protocol, _, place = socket.getaddrinfo(
            self.address.host, self.address.port, type=socket.SOCK_DGRAM
        )[0]
        with socket.socket(family, kind, protocol) as thrown:
            thrown.settimeout(self._timeout)
            thrown.connect(place)
            for each in messages:
                thrown.send(each[:_LONGEST_DATAGRAM])

    def _connected(self) -> socket.socket:
        connection = socket.create_connection((self.address.host, self.address.port), timeout=self._timeout)
        if self.address.transport is Transport.TCP:
            return connection
        try:
            trust = self._trust or ssl.create_default_context()
            return trust.wrap_socket(connection, server_hostname=self.address.host)
        except BaseException:
            connection.close()
            raise


def _closed(connection: socket.socket) -> None:
    """Close our side and wait for the other. Raises OSError when it is broken off, or nothing comes."""
    if isinstance(connection, ssl.SSLSocket):
        try:
            connection = connection.unwrap()  # RFC 5425 §4.4: both sides say that they close
        except ssl.SSLEOFError:
            return  # it ended the connection without a word, once it had read ours
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
    while connection.recv(4096):
        pass
