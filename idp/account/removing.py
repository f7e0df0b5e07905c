"""Removing a sign-in method, and where the password would then stand alone, choosing one that may.

How long the present password is nobody knows, as only its hash is kept: so one is typed in the same step. That it may
be the present one, if it is long enough, the page says (NIST SP 800-63B-4 §3.1.1.2).
"""

from idp.account.methods import Actor, Method, RefusedError, SignInMethods
from idp.account.password.service import PasswordChange
from idp.core.errors import Rejected
from idp.login.choosing import Chosen
from idp.records.users.model import User
from idp.web.transaction import Transactions


class Removing:
    """Removes sign-in methods."""

    def __init__(self, *, methods: SignInMethods, password: PasswordChange, transactions: Transactions) -> None:
        self._methods = methods
        self._password = password
        self._transactions = transactions

    def shortest(self, user: User, method: Method) -> int:
        """Return how long a password must be typed for the removal; 0 where none must."""
        with self._transactions.open() as tx:
            return self._methods.alone_without(tx, user, method.id)

    def remove(self, actor: Actor, method: Method, text: str = "") -> Rejected | None:
        """Remove a method; `text` is the password from then on, where one must be typed. Raises BusyError.

        Either both take effect or neither.
        """
        chosen: Chosen | None = None
        if text and (shortest := self.shortest(actor.user, method)):
            judged = self._password.choose(actor.user, text, shortest=shortest)
            if isinstance(judged, Rejected):
                return judged
            chosen = judged
        try:
            with self._transactions.open() as tx:
                if chosen is not None:
                    self._password.change(tx, actor, chosen, end_others=False)
                self._methods.remove(tx, actor, method, is_long=chosen is not None)
        except RefusedError as error:
            return Rejected(error.reason)
        return None
