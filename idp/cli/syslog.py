"""What `idp doctor` finds of the syslog server that is told of the audit trail: whether it answers."""

from idp.delivery.syslog.address import SyslogAddress
from idp.delivery.syslog.carrier import SyslogServer

_TIMEOUT = 5.0


def failure(address: SyslogAddress) -> str:
    """Connect, say nothing, and return why that did not work; empty: it did. Over UDP only the name is looked up."""
    try:
        SyslogServer(address, timeout=_TIMEOUT).check()
    except OSError as error:
        return type(error).__name__
    return ""
