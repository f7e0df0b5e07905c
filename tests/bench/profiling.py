"""Where the time goes: the product under one scenario with cProfile in every thread that serves, summed."""

import pstats
from pathlib import Path
from typing import TextIO

from tests.bench.cores import Cores
from tests.bench.loader import load
from tests.bench.party import Target
from tests.bench.scenarios import Scenario
from tests.bench.servers import ours
from tests.bench.wire import Connection, get

_SECONDS = 5.0
_LINES = 45


def profile(scenario: Scenario, *, folder: Path, cores: Cores, to: TextIO) -> None:
    """Write down the functions that cost most."""
    place = (folder / f"profile-{scenario.name}").resolve()
    place.mkdir(parents=True, exist_ok=True)
    for old in place.glob("*.sqlite3*"):
        old.unlink()
    with ours(place, cores.server, command=("-m", "tests.bench.profiled")) as process:
        target = Target("ours", process.port, host="localhost")
        makes = scenario.prepare(target, process)
        load(process, makes, seconds=0.5)
        _order(process.port, "/profile/reset")
        measured = load(process, makes, seconds=_SECONDS)
        _order(process.port, "/profile/write")
        stats = pstats.Stats(str(place / "stats"), stream=to)
    words = (
        f"{scenario.name}: {measured.operations} operations, {measured.cpu_us:.0f} µs of CPU each, profiler included"
    )
    print(words, file=to)
    stats.sort_stats("tottime").print_stats(_LINES)
    stats.sort_stats("cumulative").print_stats(_LINES)


def _order(port: int, path: str) -> None:
    connection = Connection(port)
    connection.send(get(port, path))
    connection.receive()
    connection.close()
