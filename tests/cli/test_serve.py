"""What `idp serve` asks of its process, before there are workers."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from idp.cli.serve import HEAPS

THREADS = 6
COUNT = """
import ctypes, sys
from threading import Barrier, Thread
from idp.cli.serve import share_heaps
share_heaps()
barrier = Barrier(int(sys.argv[1]))
def work():
    held = bytearray(100_000)  # more than Python keeps room for itself
    barrier.wait()
threads = [Thread(target=work) for _ in range(int(sys.argv[1]))]
for each in threads:
    each.start()
for each in threads:
    each.join()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
to = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, to)
libc.fclose(to)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators are left as they are")
@pytest.mark.parametrize(
    ("environ", "heaps"), [({}, HEAPS), ({"MALLOC_ARENA_MAX": "4"}, 4)], ids=["ours", "the environment's"]
)
def test_threads_share_heaps(environ: dict[str, str], heaps: int, tmp_path: Path) -> None:
    """As glibc tells it: what one thread has let go is of use to the others."""
    told = tmp_path / "heaps.xml"
    subprocess.run([sys.executable, "-c", COUNT, str(THREADS), str(told)], check=True, env=environ)
    assert told.read_text().count("<heap ") == heaps


def test_collector_leaves_alone_what_a_worker_serves() -> None:
    """Going through all of it would hold up every request of a worker again and again."""
    asked = "import gc; from idp.cli.serve import settled; made = settled(lambda: []); "
    told = asked + "print(any(each is made for each in gc.get_objects()), gc.is_tracked(made))"
    run = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    assert run.stdout.split() == ["False", "True"]
