"""How passwords are hashed and compared in a serving process."""

from idp.factors.comparison import compare
from idp.factors.password import Password
from idp.login.comparing.processes import Comparers
from idp.settings import Settings

WORTH_IT = 4096
"""KiB times passes: what costs less than this is compared sooner than it is handed over."""


def password_of(settings: Settings) -> tuple[Password, Comparers]:
    """Return the factor at the cost that is set, and the processes that compare for it."""
    costs, comparers = settings.argon2, Comparers()
    compares = comparers.compare if costs.memory * costs.time >= WORTH_IT else compare
    return Password(memory_kib=costs.memory, passes=costs.time, lanes=costs.lanes, compares=compares), comparers
