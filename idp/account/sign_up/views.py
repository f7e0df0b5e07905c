"""The pages of signing up: an address, then the code that went there beside a name and a password."""

from flask import Blueprint, Response, request

from idp.account.proving import EMAIL
from idp.account.sign_up.service import PATH, SignUp, Wish
from idp.core.errors import NotFoundError, Rejected
from idp.core.reasons import Reason
from idp.factors.email import Email
from idp.factors.password import MAX_LENGTH
from idp.login.begun import Asked
from idp.records.users.address_proofs import store as proofs
from idp.records.users.address_proofs.model import AddressProof
from idp.records.users.model import MAX_ADDRESS, MAX_NAME
from idp.storage.errors import ConflictError
from idp.web.desk import Desk

_LIMITS = frozenset({Reason.TOO_MANY_ATTEMPTS, Reason.SEND_LIMITED})
_INTERACTION = "interaction"
_MAX_ID = 64


def blueprint(sign_up: SignUp, *, desk: Desk) -> Blueprint:
    """Return the pages; mounted only where the service is open."""
    views, pages = Blueprint("sign_up", __name__), _Pages(sign_up, desk)
    views.add_url_rule(PATH, "show", pages.show, methods=["GET"])
    views.add_url_rule(PATH, "ask", pages.ask, methods=["POST"])
    views.add_url_rule(f"{PATH}/<proof_id>", "code", pages.code, methods=["GET"])
    views.add_url_rule(f"{PATH}/<proof_id>", "confirm", pages.confirm, methods=["POST"])
    return views


class _Pages:
    def __init__(self, sign_up: SignUp, desk: Desk) -> None:
        self._sign_up = sign_up
        self._desk = desk

    def show(self) -> Response:
        """Ask for the address."""
        return self._asking(self._desk.asked(_INTERACTION))

    def ask(self) -> Response:
        """Send a code there."""
        # Bound to no secret of this browser: here the browser must say that a page of ours sent it (login CSRF).
        self._desk.csrf.require_origin(request)
        form = self._desk.bare_form()
        typed, interaction = form.get(EMAIL, ""), form.get(_INTERACTION, "")[:_MAX_ID]
        with self._desk.transactions.open() as tx:
            asked = self._sign_up.ask(tx, typed, self._desk.here())
        if isinstance(asked, Rejected):
            return self._asking(interaction, typed, asked)
        kept = f"?{_INTERACTION}={interaction}" if _is_id(interaction) else ""
        return self._desk.leave(f"{PATH}/{asked.id}{kept}")

    def code(self, proof_id: str) -> Response:
        """Ask for the code, a name and a password."""
        wish = Wish(display_name="", interaction_id=self._desk.asked(_INTERACTION)[:_MAX_ID])
        return self._confirming(self._found(proof_id), wish)

    def confirm(self, proof_id: str) -> Response:
        """Take them; the try is counted and kept before the code is looked at."""
        self._desk.csrf.require_origin(request)
        form, proof = self._desk.bare_form(), self._found(proof_id)
        wish = Wish(
            display_name=form.get("display_name", "").strip(), interaction_id=form.get(_INTERACTION, "")[:_MAX_ID]
        )
        answer = self._tried(proof, form, wish)
        if isinstance(answer, Rejected):
            return self._confirming(proof, wish, answer)
        return self._desk.leave(answer.path, answer.cookies)

    def _tried(self, proof: AddressProof, form: dict[str, str], wish: Wish) -> Asked | Rejected:
        with self._desk.transactions.open() as tx:
            shortest = self._sign_up.shortest(tx)
        chosen = self._sign_up.choose(proof, form.get("new_password", ""), wish, shortest=shortest)
        if isinstance(chosen, Rejected):
            return chosen
        with self._desk.transactions.open() as tx:
            refused = self._sign_up.proving.reserve(tx, proof)
        refused = refused or self._sign_up.proving.verify(proof, form.get("code", ""))
        if refused is not None:
            return refused
        try:
            with self._desk.transactions.open() as tx:
                return self._sign_up.settle(tx, proof, chosen, wish, self._desk.here())
        except ConflictError:
            # Somebody has been given this name between the question and the answer.
            return Rejected(Reason.CODE_MISMATCH)

    def _found(self, proof_id: str) -> AddressProof:
        """Return what was begun. Raises NotFoundError."""
        with self._desk.transactions.open() as tx:
            proof = proofs.get_begun(tx, proof_id, prefix="sign-up:")
        if proof is None:
            raise NotFoundError
        return proof

    def _asking(self, interaction: str, typed: str = "", refused: Rejected | None = None) -> Response:
        values = {
            "typed": typed[:MAX_ADDRESS],
            "interaction": interaction if _is_id(interaction) else "",
            "error": refused.reason if refused else "",
        }
        return self._desk.page("account/sign_up.html", values, status=_status(refused))

    def _confirming(self, proof: AddressProof, wish: Wish, refused: Rejected | None = None) -> Response:
        with self._desk.transactions.open() as tx:
            shortest = self._sign_up.shortest(tx)
        values = {
            "to": Email().masked(proof.address),
            "username": proof.address,
            "name": wish.display_name,
            "interaction": wish.interaction_id if _is_id(wish.interaction_id) else "",
            "shortest": shortest,
            "longest": MAX_LENGTH,
            "longest_name": MAX_NAME,
            "error": refused.reason if refused else "",
        }
        return self._desk.page("account/sign_up_code.html", values, status=_status(refused))


def _is_id(text: str) -> bool:
    return text.isascii() and text.replace("-", "").replace("_", "").isalnum() and len(text) <= _MAX_ID


def _status(refused: Rejected | None) -> int:
    if refused is None:
        return 200
    return 429 if refused.reason in _LIMITS else 422
