"""What the server's core can do at most of the one dear thing in a scenario: a process that does nothing else.

Measured once for each round of the scenario, so that both had the same neighbours.
"""

import subprocess
import sys

from tests.bench.cores import Cores
from tests.bench.servers import HASHING

_COST = f"time_cost={HASHING['passes']}, memory_cost={HASHING['memory_kib']}, parallelism={HASHING['lanes']}"
_DONE = {
    "argon2": f"""
from argon2 import PasswordHasher
hasher = PasswordHasher({_COST})
kept = hasher.hash("a passphrase")
def once():
    hasher.verify(kept, "a passphrase")
""",
    "signing": """
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
key, text = rsa.generate_private_key(65537, 2048), b"x" * 400
def once():
    key.sign(text, padding.PKCS1v15(), hashes.SHA256())
""",
}
"""A password verified at the product's own cost; an RS256 signature over a token's length."""


def rate(name: str, *, seconds: float, cores: Cores) -> float:
    """Return how often a second it can be done."""
    text = f"""
import os, time
os.sched_setaffinity(0, {{{cores.server}}})
{_DONE[name]}
begun, done = time.perf_counter(), 0
while time.perf_counter() - begun < {seconds}:
    once()
    done += 1
print(done / (time.perf_counter() - begun))
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, timeout=60)
    return float(done.stdout)
