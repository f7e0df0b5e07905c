"""What the account's API does with addresses, and with the account itself."""

from dataclasses import dataclass

from idp.account.api.model import Asked, CodeBody, DeletionBody, EmailBody, PhoneBody
from idp.account.contact.changing import ACTION, AddressChange
from idp.account.deletion import service as deletion
from idp.account.deletion.service import Deletion
from idp.account.methods import Actor
from idp.core.errors import NotFoundError, Rejected
from idp.web.api.operation import Operation
from idp.web.transaction import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressOperations:
    """The use cases behind these operations."""

    transactions: Transactions
    email: AddressChange
    phone: AddressChange
    deletion: Deletion

    def all(self) -> tuple[Operation, ...]:
        """Return every operation."""
        return (
            Operation(verb="POST", path="/email", name="askEmail", summary="Have a code sent to a new e-mail address",
                      handle=self.ask_email, action=ACTION, takes=EmailBody, gives=Asked),
            Operation(verb="PUT", path="/email/{id}", name="confirmEmail", summary="Change the address by that code",
                      handle=self.confirm_email, action=ACTION, takes=CodeBody),
            Operation(verb="POST", path="/phone", name="askPhone", summary="Have a code sent to a new number",
                      handle=self.ask_phone, action=ACTION, takes=PhoneBody, gives=Asked),
            Operation(verb="PUT", path="/phone/{id}", name="confirmPhone", summary="Change the number by that code",
                      handle=self.confirm_phone, action=ACTION, takes=CodeBody),
            Operation(verb="DELETE", path="/account", name="deleteAccount", summary="Delete the account, at once",
                      handle=self.delete, action=deletion.ACTION, takes=DeletionBody),
        )  # fmt: skip

    def ask_email(self, actor: Actor, body: EmailBody) -> Asked | Rejected:
        """Have a code sent to a new address."""
        return self._asked(self.email, actor, body.email)

    def confirm_email(self, actor: Actor, body: CodeBody, *, id: str) -> Rejected | None:
        """Change the address."""
        return self._confirmed(self.email, actor, body, id)

    def ask_phone(self, actor: Actor, body: PhoneBody) -> Asked | Rejected:
        """Have a code sent to a new number."""
        return self._asked(self.phone, actor, body.phone)

    def confirm_phone(self, actor: Actor, body: CodeBody, *, id: str) -> Rejected | None:
        """Change the number."""
        return self._confirmed(self.phone, actor, body, id)

    def delete(self, actor: Actor, body: DeletionBody) -> Rejected | None:
        """Delete the account of whoever names it."""
        with self.transactions.open() as tx:
            return self.deletion.delete(tx, actor, body.username)

    def _asked(self, change: AddressChange, actor: Actor, typed: str) -> Asked | Rejected:
        with self.transactions.open() as tx:
            proof = change.ask(tx, actor, typed)
        if isinstance(proof, Rejected):
            return proof
        return Asked(id=proof.id, to=change.masked(proof.address), expires_at=proof.expires_at)

    def _confirmed(self, change: AddressChange, actor: Actor, body: CodeBody, proof_id: str) -> Rejected | None:
        with self.transactions.open() as tx:
            proof = change.begun(tx, actor, proof_id)
        if proof is None:
            raise NotFoundError
        return change.confirm(self.transactions, actor, proof, body.code)
