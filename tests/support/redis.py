"""A Redis of the tests' own: on a free loopback port; stopped, frozen, filled and wiped, and ended with them."""

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from redis import Redis

from tests.support.waiting import until
from tests.support.workers import free_port


class RedisServer:
    """One server, without a file: what it held is gone when it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            command, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        until(self._answers, "Redis never answered")

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def signal(self, number: int) -> None:
        """Send it a signal: SIGSTOP freezes it, SIGCONT lets it go on."""
        assert self._process is not None
        os.kill(self._process.pid, number)

    def stop(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it keep its connections and answer nothing."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    @contextmanager
    def asked(self) -> Iterator[Redis]:
        """Give a client to look at it from outside."""
        client = Redis.from_url(self.url, socket_timeout=5)
        try:
            yield client
        finally:
            client.close()

    def wipe(self) -> None:
        """Let it forget everything."""
        with self.asked() as client:
            client.flushall()

    @contextmanager
    def full(self) -> Iterator[None]:
        """Let it refuse whatever is written."""
        with self.asked() as client:
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", "1")
            yield
            client.config_set("maxmemory", "0")


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """Run one until the block ends."""
    if shutil.which("redis-server") is None:
        pytest.skip("Redis is not installed")
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class SlowRoad:
    """A road to a server on which every reply takes its time."""

    def __init__(self, port: int) -> None:
        self.delay = 0.0
        """Seconds; may be changed at any moment."""
        self.asked = 0
        """How many times something has been asked of the server."""
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self.port: int = self._listener.getsockname()[1]
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> "SlowRoad":
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in list(self._threads):
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._is_over.is_set():
            with suppress(TimeoutError):
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                for pair in ((near, far, False), (far, near, True)):
                    self._threads.append(threading.Thread(target=self._carry, args=pair, daemon=True))
                    self._threads[-1].start()

    def _carry(self, source: socket.socket, sink: socket.socket, is_reply: bool) -> None:
        with suppress(OSError):  # the thread of the other direction may have closed both already
            source.settimeout(0.05)
            while not self._is_over.is_set():
                with suppress(TimeoutError):
                    piece = source.recv(65_536)
                    if not piece:
                        break
                    if is_reply:
                        self._is_over.wait(self.delay)
                    else:
                        self.asked += 1
                    sink.sendall(piece)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            if is_reply:
                end.close()
