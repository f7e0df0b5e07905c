"""Waiting for what is bound to happen: no test says how soon, so that none fails because the machine is busy."""

import time
from collections.abc import Callable

LIMIT = 60.0
"""Seconds, after which it is never going to happen."""


def until(holds: Callable[[], object], otherwise: str = "it never happened") -> None:
    """Ask again and again until it holds; fail in the words of `otherwise` where it does not."""
    ends = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < ends, otherwise
        time.sleep(0.005)
