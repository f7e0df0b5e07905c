"""The slow hash under which codes are kept that are too short for a plain digest (OTP-22): argon2id (RFC 9106)."""

from argon2.low_level import Type, hash_secret_raw

from idp.factors.base import Cost


def slow_hash(code: str, salt: str, cost: Cost) -> str:
    """Return the hex hash of a code under a salt that was drawn for it, at the cost of its own time."""
    return hash_secret_raw(
        code.encode(),
        salt.encode(),
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=32,
        type=Type.ID,
    ).hex()
