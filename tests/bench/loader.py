"""The closed loop: so many lanes, each with a connection of its own, each sending as soon as it has been answered.

One thread goes round the lanes; while it reads one answer the server works on the others, so the server always has
something to do. Latencies are those of a server that is fully loaded, queueing included.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import quantiles

from tests.bench.party import Make, Operation
from tests.bench.processes import Process
from tests.bench.wire import BenchError, Connection

MOST = 1_000_000
"""Operations of one round, whatever the time."""
_BUSY = 0.9
"""A loader that computes for this share of the time measures itself."""


@dataclass(frozen=True)
class Measured:
    """One short round at one server."""

    operations: int
    seconds: float
    cpu: float
    """Seconds of processor time that the server used."""
    loader_cpu: float
    memory: float
    """MiB afterwards."""
    latencies: Sequence[float] = field(repr=False, default=())

    @property
    def rate(self) -> float:
        """Operations a second."""
        return self.operations / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of the server's processor time for one operation."""
        return self.cpu / self.operations * 1e6

    @property
    def p95_ms(self) -> float:
        """What one operation in twenty takes longer than."""
        return 1000 * (quantiles(self.latencies, n=20)[18] if len(self.latencies) > 1 else self.latencies[0])

    @property
    def is_loader_bound(self) -> bool:
        """Tell whether the loader was the slower one."""
        return self.loader_cpu / self.seconds > _BUSY and self.cpu / self.seconds < _BUSY


class _Lane:
    """One connection, and what is being done on it."""

    def __init__(self, port: int, make: Callable[[], Operation | None]) -> None:
        self.latencies: list[float] = []
        self._make = make
        self._connection = Connection(port)
        self._operation: Operation | None = None
        self._begun = 0.0

    def begin(self) -> bool:
        """Send the first request of a new operation; false when there is nothing more to do."""
        self._operation = self._make()
        if self._operation is None:
            return False
        self._begun = time.perf_counter()
        self._connection.send(next(self._operation))
        return True

    def step(self) -> bool:
        """Read an answer and send what follows; tell whether the operation is over."""
        assert self._operation is not None
        reply = self._connection.receive()
        try:
            self._connection.send(self._operation.send(reply))
        except StopIteration:
            self.latencies.append(time.perf_counter() - self._begun)
            return True
        return False

    def close(self) -> None:
        self._connection.close()


def load(process: Process, makes: Sequence[Callable[[], Operation | None]], *, seconds: float) -> Measured:
    """Load a server for so long, a lane for each of `makes`. Raises BenchError on the first wrong answer."""
    lanes = [_Lane(process.port, make) for make in makes]
    before, own, begun = process.cpu(), time.process_time(), time.perf_counter()
    ends = begun + seconds
    active = [lane for lane in lanes if lane.begin()]
    done = 0
    try:
        while active:
            for lane in list(active):
                if not lane.step():
                    continue
                done += 1
                if time.perf_counter() >= ends or done >= MOST or not lane.begin():
                    active.remove(lane)
    finally:
        for lane in lanes:
            lane.close()
    took = time.perf_counter() - begun
    if not done:
        raise BenchError("nothing was done")
    return Measured(
        operations=done,
        seconds=took,
        cpu=process.cpu() - before,
        loader_cpu=time.process_time() - own,
        memory=process.memory(),
        latencies=[latency for lane in lanes for latency in lane.latencies],
    )


def finish(process: Process, operations: Sequence[Make]) -> None:
    """Carry out operations once each, unmeasured, on one connection."""
    connection = Connection(process.port)
    try:
        for make in operations:
            operation = make()
            request = next(operation)
            while True:
                connection.send(request)
                try:
                    request = operation.send(connection.receive())
                except StopIteration:
                    break
    finally:
        connection.close()
