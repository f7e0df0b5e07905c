"""Signing up: nobody exists here before their mailbox is proved.

The code that came back is the first proof, the password chosen beside it the second; then the interaction from which
somebody came goes on, and policy decides as for everybody. An address that somebody has is treated alike, and its owner
told (SES-08). One that was merely written down for somebody, by an import or by whoever administers, and never proved,
goes to whoever proves it: the other account loses it, and with it all that could be used in its name (ENR-24).
"""

from dataclasses import dataclass

from idp.account.proving import EMAIL, AddressProving
from idp.core.clock import Clock
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens, digest
from idp.factors.base import Credential, NewCredential, Person, Verified
from idp.login.begun import Asked
from idp.login.choosing import Chosen, NewPasswords, note
from idp.login.ending import end_everything
from idp.login.service import LoginService
from idp.login.standing import Judge
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.users import store as users
from idp.records.users.address_proofs import store as proofs
from idp.records.users.address_proofs.model import AddressProof
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User, email_key, is_address, is_name, username_key
from idp.storage.tx import Tx
from idp.web.current import Browser

PATH = "/account/sign-up"
_HOME = "/account/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who somebody wishes to be here."""

    display_name: str
    interaction_id: str
    """The interaction to go on with; empty or another's: a new one is begun."""


class SignUp:
    """Signs people up."""

    def __init__(
        self,
        *,
        login: LoginService,
        judge: Judge,
        proving: AddressProving,
        passwords: NewPasswords,
        clock: Clock,
        tokens: Tokens,
        stopped: str,
    ) -> None:
        self.proving = proving
        self._login = login
        self._judge = judge
        self._passwords = passwords
        self._clock = clock
        self._tokens = tokens
        self._stopped = stopped

    def ask(self, tx: Tx, typed: str, here: Browser) -> AddressProof | Rejected:
        """Send a code to the address, within limits."""
        address = typed.strip()
        if not is_address(address):
            return Rejected(Reason.ADDRESS_MALFORMED)
        is_taken = self._is_taken(tx, address)
        return self.proving.begin(
            tx,
            owner=owner_of(address),
            address=address,
            is_taken=is_taken,
            wants=here.wants,
            asked_from=here.address,
        )

    def shortest(self, tx: Tx) -> int:
        """Return how many characters a password must have: it is the only factor."""
        return self._judge.bundle(tx).password.alone

    def choose(self, proof: AddressProof, text: str, wish: Wish, *, shortest: int) -> Chosen | Rejected:
        """Judge and hash the password, outside any transaction. Raises BusyError."""
        if not is_name(wish.display_name):
            return Rejected(Reason.NAME_MALFORMED)
        about = Person(id="", username=proof.address, display_name=wish.display_name, email=proof.address)
        return self._passwords.choose(text, person=about, shortest=shortest)

    def settle(self, tx: Tx, proof: AddressProof, chosen: Chosen, wish: Wish, here: Browser) -> Asked | Rejected:
        """Spend the proof, add the person, and go on."""
        now = self._clock.now()
        if not proofs.consume(tx, proof.id, proof.user_id, now):
            return Rejected(Reason.CODE_USED)
        if self._is_taken(tx, proof.address):
            return Rejected(Reason.CODE_MISMATCH)
        self._disown(tx, proof.address, here)
        user = User(
            id=self._tokens.new_id(),
            username=proof.address,
            created_at=now,
            display_name=wish.display_name,
            email=proof.address,
            email_verified_at=now,
        )
        users.add(tx, user)
        held = (
            self._kept(tx, user, EMAIL, self.proving.factor(tx).bind(proof.address)),
            self._kept(tx, user, "password", chosen.new),
        )
        audit.add(tx, Event(name="user.signed_up", at=now, user_id=user.id, address=here.address))
        note(tx, chosen, user_id=user.id, at=now)
        given = [(credential, Verified()) for credential in held]
        joined = self._login.join(tx, wish.interaction_id, here, user=user, proofs=given)
        return joined or self._login.welcome(
            tx, user=user, proofs=given, path=_HOME, home=self._stopped, browser=here, is_new=True
        )

    def _kept(self, tx: Tx, user: User, factor: str, new: NewCredential) -> Credential:
        made = new.bound(factor, credential_id=self._tokens.new_id(), user_id=user.id, now=user.created_at)
        credentials.add_credential(tx, made)
        return made

    def _is_taken(self, tx: Tx, address: str) -> bool:
        """Tell whether the address is proved to be somebody's, or is the username of somebody with another address."""
        named = users.get_by_username(tx, address)
        is_name_taken = named is not None and email_key(named.email) != email_key(address)
        return is_name_taken or bool(users.proven_emails(tx, [email_key(address)]))

    def _disown(self, tx: Tx, address: str, here: Browser) -> None:
        """Take an address that was never proved from whoever has it written down, with all that they could use."""
        now = self._clock.now()
        for user_id in users.list_unproven(tx, email_key(address)):
            user = users.get(tx, user_id)
            end_everything(tx, user_id, address=here.address, now=now)
            for held in credentials.list_credentials(tx, user_id):
                credentials.remove_credential(tx, held.id, user_id)
            is_named_so = user is not None and username_key(user.username) == username_key(address)
            users.disown(tx, user_id, username=user_id if is_named_so or user is None else user.username)
            audit.add(tx, Event(name="user.address_lost", at=now, user_id=user_id, address=here.address))


def owner_of(address: str) -> str:
    """Return the name under which a sign-up with this address is one: the next one voids it."""
    return f"sign-up:{digest(email_key(address))[:32]}"
