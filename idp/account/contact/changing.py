"""What changing an e-mail address and changing a phone number have in common: asked, then proved by a code."""

from abc import ABC, abstractmethod

from idp.account.methods import Actor
from idp.account.proving import AddressProving
from idp.core.errors import Rejected
from idp.records.users.address_proofs import store as proofs
from idp.records.users.address_proofs.model import AddressProof
from idp.storage.tx import Tx
from idp.web.transaction import Transactions

ACTION = "account.contact"


class AddressChange(ABC):
    """Changes one kind of address, once the action has been admitted."""

    def __init__(self, *, proving: AddressProving) -> None:
        self.proving = proving

    @abstractmethod
    def ask(self, tx: Tx, actor: Actor, typed: str) -> AddressProof | Rejected:
        """Send a code to the new address and a notice to the old ones, within limits."""

    @abstractmethod
    def settle(self, tx: Tx, actor: Actor, proof: AddressProof) -> Rejected | None:
        """Spend the proof and change the address; None: it is changed."""

    @abstractmethod
    def is_own(self, proof: AddressProof) -> bool:
        """Tell whether a proof is of an address of this kind."""

    @abstractmethod
    def masked(self, address: str) -> str:
        """Return an address as its owner recognises it and nobody else can use it."""

    def begun(self, tx: Tx, actor: Actor, proof_id: str) -> AddressProof | None:
        """Return what this person has begun; None for what is not theirs, or of another kind."""
        proof = proofs.get(tx, proof_id, actor.user.id)
        return proof if proof is not None and self.is_own(proof) else None

    def confirm(self, transactions: Transactions, actor: Actor, proof: AddressProof, code: str) -> Rejected | None:
        """Take the code; the try is counted and kept before it is looked at. None: the address is changed."""
        with transactions.open() as tx:
            refused = self.proving.reserve(tx, proof)
        refused = refused or self.proving.verify(proof, code)
        if refused is None:
            with transactions.open() as tx:
                refused = self.settle(tx, actor, proof)
        return refused
