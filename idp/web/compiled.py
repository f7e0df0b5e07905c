"""Templates as they were compiled, kept by the process.

Compiling a page costs more than showing it fifty times. The code is kept in memory alone: code read from a folder is
code that somebody may have put there.
"""

from collections import defaultdict
from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """Keeps the code of each template by its name, its file and its source.

    Only environments that compile alike may share one: same delimiters, same extensions, same whitespace, one language.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the template the code that its source was compiled to before."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template that was just compiled."""
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


COMPILED: defaultdict[str, Compiled] = defaultdict(Compiled)
"""What the pages of this process share, by language: their texts are in the code (`idp.web.speaking`)."""
