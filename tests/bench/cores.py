"""Which core serves and which one loads."""

import os
import platform
from dataclasses import dataclass


@dataclass(frozen=True)
class Cores:
    """Two cores of this machine; the same one twice where there is only one."""

    server: int
    loader: int

    @classmethod
    def take(cls) -> "Cores":
        """Choose among the cores that we may use, and move this process to the loader's."""
        allowed = sorted(os.sched_getaffinity(0))
        chosen = cls(server=allowed[0], loader=allowed[-1])
        os.sched_setaffinity(0, {chosen.loader})
        return chosen

    @property
    def words(self) -> str:
        """What was measured on."""
        load = os.getloadavg()[0]
        same = "one core for both" if self.server == self.loader else "one core each for server and loader"
        return f"CPython {platform.python_version()}, {_model()}, {same}; load average {load:.1f} at the start"


def _model() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 -- a file of the kernel's
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
