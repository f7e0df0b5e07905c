"""What libraries work out anew for every application though it follows from its input alone: once for each process.

A test process makes an application for most of its tests. Two thirds of what each cost went into the same two hundred
routes, turned into functions again, and into the same RSA keys, proved consistent again before they were first used.
"""

import gc
from collections.abc import Callable
from functools import wraps
from typing import Any

from joserfc._rfc7518.rsa_key import RSABinding
from werkzeug.routing import Rule


def remember() -> None:
    """Let both be remembered from now on, for as long as the process lasts."""
    Rule._compile_builder = _builders(Rule._compile_builder)  # type: ignore[method-assign]
    RSABinding.import_private_key = staticmethod(_keys(RSABinding.import_private_key))  # type: ignore[method-assign]


def keep_what_is_there() -> None:
    """Let the garbage collector leave alone what was imported and collected, and look less often for what is new.

    It would go through hundreds of thousands of objects again and again, as tests make and drop applications by the
    thousand.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _builders(work_out: Callable[..., Any]) -> Callable[..., Any]:
    """What builds a route's address is given the route when it is called: it follows from the route's pieces."""
    known: dict[object, Any] = {}

    @wraps(work_out)
    def builder(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return work_out(rule, append_unknown)
        pieces = (rule.rule, tuple(rule._trace), append_unknown)
        if pieces not in known:
            known[pieces] = work_out(rule, append_unknown)
        return known[pieces]

    return builder


def _keys(work_out: Callable[..., Any]) -> Callable[..., Any]:
    """A private key cannot be changed, so all may have the same."""
    known: dict[object, Any] = {}

    @wraps(work_out)
    def imported(obj: dict[str, str]) -> Any:
        numbers = tuple(sorted(obj.items()))
        if numbers not in known:
            known[numbers] = work_out(obj)
        return known[numbers]

    return imported
