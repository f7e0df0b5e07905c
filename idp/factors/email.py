"""The code by mail (F4): a second step, and no second kind.

A mailbox is neither known, held nor part of the person, so beside a password it reaches two-step verification and never
multi-factor (policy.md §2; NIST SP 800-63B-4 §3.1.3). It is never enrolled by hand: proving the mailbox binds it. The
mail holds a code and no link, as whoever prefetches a link would use it (MSG-09).
"""

from idp.factors.sent_code import SentCode


class Email(SentCode):
    """A mailbox that is the person's."""

    name = "email"

    def channel_of(self, destination: str) -> str:
        """Return the mailbox, however its address is spelled."""
        return f"mailbox:{destination.strip().casefold()}"

    def masked(self, destination: str) -> str:
        """Return the first letter and the domain."""
        local, _, domain = destination.rpartition("@")
        return f"{local[:1]}•••@{domain}"
