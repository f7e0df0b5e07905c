"""What the service writes into its log, as whoever runs it reads it: objects, one a line."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from idp.cli import logs

Lines = Callable[[str], list[dict[str, Any]]]


@contextmanager
def written(level: int = logging.DEBUG) -> Iterator[Lines]:
    """Keep what is written meanwhile; what is given returns the lines of one of our loggers, or of `idp`, all."""
    stream, logger = io.StringIO(), logging.getLogger("idp")
    handler, before = logging.StreamHandler(stream), logger.level
    handler.setFormatter(logs.JsonFormatter())
    logger.addHandler(handler)
    logger.setLevel(level)

    def lines(name: str) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in stream.getvalue().splitlines()]
        return [line for line in found if f"{line['logger']}.".startswith(f"{name}.")]

    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
