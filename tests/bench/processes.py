"""Server processes: started pinned to their core, watched through /proc, ended again; nobody else's is ever touched."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.wire import BenchError

_TICK = os.sysconf("SC_CLK_TCK")
_READY = 60
"""Seconds a server may take to start."""


@dataclass(frozen=True)
class Process:
    """A running server with whatever it has started itself."""

    pid: int
    port: int

    def cpu(self) -> float:
        """Return the seconds of processor time that it has used so far."""
        return sum(_cpu(pid) for pid in _family(self.pid))

    def memory(self) -> float:
        """Return how many MiB its largest process holds: the worker, beside which another one only waits.

        Each shared page is divided among those that share it.
        """
        return max(_memory(pid) for pid in _family(self.pid)) / 1024


@contextmanager
def running(
    command: Sequence[str], *, port: int, core: int, log: Path, environ: Mapping[str, str] | None = None
) -> Iterator[Process]:
    """Run a server until the block ends."""
    with log.open("wb") as output:
        child = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(environ or {})},
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
            start_new_session=True,
        )
    try:
        _await(child, port, log)
        yield Process(child.pid, port)
    finally:
        _end(child)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(child: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    ends = time.monotonic() + _READY
    while time.monotonic() < ends:
        if child.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise BenchError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End the server and what it started: they are a process group of their own."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _family(pid: int) -> list[int]:
    found = [pid]
    for member in found:
        for task in Path(f"/proc/{member}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _memory(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
