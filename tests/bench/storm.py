"""`python -m tests.bench.storm`: times of `/token` while people who sign in fill the hashing lane (performance.md §3).

Tokens are asked for by the clock, so many a second, whatever became of those before: a time is counted from the moment
at which a request was due, so that a server which stalls is charged for everybody who waited (an open loop). Sign-ins
come from a process of their own, as a loop that shared the interpreter would be measured with the server. Who finds the
lane full is told so by 503 and comes back; anything else that goes wrong ends the run.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import quantiles

from tests.bench import cast
from tests.bench.cores import Cores
from tests.bench.party import Person, Target
from tests.bench.servers import hashing
from tests.bench.wire import BenchError, Connection, post

RATE = 50
"""Tokens asked for in a second: a small part of what one core gives."""
SECONDS = 12.0
PEOPLE = 16
"""Who sign in at once: more than the lane takes."""
GATE_MS = 50.0
FOLDER = Path("var") / "bench"
_WARM = 1.0


def main() -> None:
    """Print the times without the storm and in it."""
    cores = Cores.take()
    print(cores.words)
    p99 = measure(cores, folder=FOLDER)
    print(f"p99 in the storm {p99:.1f} ms, goal {GATE_MS:.0f}: {'passed' if p99 <= GATE_MS else 'MISSED'}")


def measure(cores: Cores, *, folder: Path) -> float:
    """Return the milliseconds that one token in a hundred takes longer than in the storm; print all times."""
    folder /= "storm"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with hashing(folder.resolve(), cores.server) as process:
        paced(process.port, seconds=_WARM)
        _tell("quiet", paced(process.port, seconds=SECONDS / 2))
        storm = subprocess.Popen([sys.executable, "-m", "tests.bench.storm", str(process.port), str(SECONDS + _WARM)])
        try:
            time.sleep(_WARM)
            p99 = _tell("storm", paced(process.port, seconds=SECONDS))
        finally:
            ended = storm.wait(60)
    if ended:
        raise BenchError("a sign-in went wrong")
    return p99


def paced(port: int, *, seconds: float) -> list[float]:
    """Ask for tokens by the clock; return how long after it was due each was there, in seconds."""
    request = post(port, "/token", {"grant_type": "client_credentials"}, cast.basic("robot-es256"))
    connection, taken, begun = Connection(port), [], time.perf_counter()
    for number in range(int(seconds * RATE)):
        due = begun + number / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        connection.send(request)
        connection.receive().json()
        taken.append(time.perf_counter() - due)
    connection.close()
    return taken


def sign_in_until(port: int, ends: float) -> int:
    """Let people sign in with passwords, all at once and again and again; return how often one did."""
    target = Target("hashing", port, host="localhost")
    people = [Person(target, name) for name in cast.PEOPLE[:PEOPLE]]
    lanes = [(Connection(port), person) for person in people]
    under_way = {}
    for connection, person in lanes:
        under_way[connection] = person.authorize()
        connection.send(next(under_way[connection]))
    done = 0
    while time.perf_counter() < ends:
        for connection, person in lanes:
            reply = connection.receive()
            try:
                if reply.status == 503:  # the lane is full: from the beginning
                    raise StopIteration
                request = under_way[connection].send(reply)
            except StopIteration:
                done += reply.status == 200
                person.jar.clear()
                under_way[connection] = person.authorize()
                request = next(under_way[connection])
            connection.send(request)
    return done


def _tell(words: str, taken: list[float]) -> float:
    """Print what most, one in twenty and one in a hundred take at least; return the last, in milliseconds."""
    cuts = quantiles(taken, n=100)
    p50, p95, p99 = (1000 * cuts[place] for place in (49, 94, 98))
    longest = 1000 * max(taken)
    print(
        f"{words}: /token {RATE} times a second: p50 {p50:.1f} ms, p95 {p95:.1f}, p99 {p99:.1f}, longest {longest:.1f}"
    )
    return p99


if __name__ == "__main__":
    if len(sys.argv) > 1:
        done = sign_in_until(int(sys.argv[1]), time.perf_counter() + float(sys.argv[2]))
        print(f"{done / float(sys.argv[2]):.1f} people signed in a second meanwhile")
    else:
        main()
