"""The pages on which an e-mail address or a phone number is changed: the new one, then the code that went there."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response

from idp.account.contact.changing import ACTION, AddressChange
from idp.account.methods import Actor
from idp.core.errors import NotFoundError, Rejected
from idp.core.reasons import Reason
from idp.login.begun import Admitted
from idp.records.users.address_proofs.model import AddressProof
from idp.web.desk import Desk

_KEPT = "/account/profile?kept=1"
_LIMITS = frozenset({Reason.TOO_MANY_ATTEMPTS, Reason.SEND_LIMITED})
_MAX_SHOWN = 254
Guard = Callable[[Callable[..., Response]], Callable[..., Response]]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of address, and its pages; its name is that of the form's field too."""

    name: str
    template: str

    @property
    def path(self) -> str:
        return f"/account/{self.name}"


EMAIL = _Kind("email", "account/email.html")
PHONE = _Kind("phone", "account/phone.html")


def blueprint(change: AddressChange, kind: _Kind, *, desk: Desk, require: Callable[[str], Guard]) -> Blueprint:
    """Return the pages of one kind of address, behind their action."""
    views, pages, guard = Blueprint(kind.name, __name__), _Pages(change, kind, desk), require(ACTION)
    views.add_url_rule(kind.path, "show", guard(pages.show), methods=["GET"])
    views.add_url_rule(kind.path, "ask", guard(pages.ask), methods=["POST"])
    views.add_url_rule(f"{kind.path}/<proof_id>", "code", guard(pages.code), methods=["GET"])
    views.add_url_rule(f"{kind.path}/<proof_id>", "confirm", guard(pages.confirm), methods=["POST"])
    return views


class _Pages:
    def __init__(self, change: AddressChange, kind: _Kind, desk: Desk) -> None:
        self._change = change
        self._kind = kind
        self._desk = desk

    def show(self, admitted: Admitted) -> Response:
        """Ask for the new address."""
        return self._asking(admitted)

    def ask(self, admitted: Admitted) -> Response:
        """Send a code to it."""
        typed = self._desk.form().get(self._kind.name, "")
        with self._desk.transactions.open() as tx:
            asked = self._change.ask(tx, self._actor(admitted), typed)
        if isinstance(asked, Rejected):
            return self._asking(admitted, typed, asked)
        return self._desk.leave(f"{self._kind.path}/{asked.id}")

    def code(self, admitted: Admitted, proof_id: str) -> Response:
        """Ask for the code."""
        return self._confirming(self._found(admitted, proof_id))

    def confirm(self, admitted: Admitted, proof_id: str) -> Response:
        """Take the code."""
        code, proof = self._desk.form().get("code", ""), self._found(admitted, proof_id)
        refused = self._change.confirm(self._desk.transactions, self._actor(admitted), proof, code)
        return self._desk.leave(_KEPT) if refused is None else self._confirming(proof, refused)

    def _found(self, admitted: Admitted, proof_id: str) -> AddressProof:
        """Return what was begun. Raises NotFoundError for what is not this person's."""
        with self._desk.transactions.open() as tx:
            proof = self._change.begun(tx, self._actor(admitted), proof_id)
        if proof is None:
            raise NotFoundError
        return proof

    def _asking(self, admitted: Admitted, typed: str = "", refused: Rejected | None = None) -> Response:
        values = {"user": admitted.user, "typed": typed[:_MAX_SHOWN], "error": refused.reason if refused else ""}
        return self._desk.page(self._kind.template, values, status=_status(refused))

    def _confirming(self, proof: AddressProof, refused: Rejected | None = None) -> Response:
        values = {
            "to": self._change.masked(proof.address),
            "again": self._kind.path,
            "kind": self._kind.name,
            "error": refused.reason if refused else "",
        }
        return self._desk.page("account/email_code.html", values, status=_status(refused))

    def _actor(self, admitted: Admitted) -> Actor:
        here = self._desk.here()
        return Actor(user=admitted.user, session=admitted.session, address=here.address, wants=here.wants)


def _status(refused: Rejected | None) -> int:
    if refused is None:
        return 200
    return 429 if refused.reason in _LIMITS else 422
