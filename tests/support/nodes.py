"""Two nodes of several workers each on one PostgreSQL, behind the shipped proxy with TLS."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.cluster import Cluster, Present
from tests.support.database import fresh_database
from tests.support.provider import Provider, environ_for, populate
from tests.support.proxy import Proxy, proxy
from tests.support.transport import OverHttp
from tests.support.workers import Running, free_port, served

NODES, WORKERS, THREADS = 2, 2, 8


class Nodes(Cluster):
    """What is behind the proxy, and the way through it."""

    def __init__(self, provider: Provider, front: Proxy, environ: dict[str, str], folder: Path) -> None:
        super().__init__(None, provider, transport=OverHttp(context=front.context))
        self.front = front
        self.ports = [free_port() for _ in range(NODES)]
        self.threads = NODES * WORKERS * THREADS
        self._environ, self._folder = environ, folder
        self._running: dict[int, Running] = {}
        self._stacks: dict[int, ExitStack] = {}
        self._said = ""

    def start(self, port: int) -> None:
        """Start a node, and wait until it is ready."""
        self._stacks[port] = ExitStack()
        running = served(self._environ, workers=WORKERS, threads=THREADS, folder=self._folder, port=port)
        self._running[port] = self._stacks[port].enter_context(running)

    def stop(self, port: int) -> None:
        """End a node politely."""
        self._said += self._running[port].said()
        self._stacks.pop(port).close()

    def stop_all(self) -> None:
        for port in list(self._stacks):
            self.stop(port)

    def roll(self) -> None:
        """Restart one node after the other, as docker/README.md says."""
        for port in self.ports:
            self.front.use(self.ports, without=port)
            self.stop(port)
            self.start(port)
            self.front.use(self.ports)

    def said(self) -> str:
        return self._said + "".join(running.said() for running in self._running.values())


@contextmanager
def nodes(request: pytest.FixtureRequest, folder: Path) -> Iterator[Nodes]:
    """Fill a database, and serve it by two nodes behind the proxy."""
    with fresh_database(request, "postgresql") as url, proxy(folder) as front:
        environ = environ_for(url, issuer=front.issuer, proxies=1)
        provider = Provider(environ, clock=Present())
        provider.start()
        populate(provider)
        made = Nodes(provider, front, environ, folder)
        try:
            for port in made.ports:
                made.start(port)
            front.use(made.ports)
            front.start(timers="5s")
            yield made
        finally:
            made.stop_all()
            provider.close()
