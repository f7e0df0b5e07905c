"""Everything the account's API does: one row each, from which the routes and the OpenAPI document are made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from idp.account import devices, export, methods
from idp.account.activity import Activity, Happening
from idp.account.api.addresses import AddressOperations
from idp.account.api.model import MethodChange, PasswordChangeBody, Person, ProfileChange, RemovalBody
from idp.account.applications import Application, Applications
from idp.account.devices import SignedIn, SignedInDevices
from idp.account.export import Export
from idp.account.methods import Actor, Method, Methods, SignInMethods
from idp.account.password import service as password
from idp.account.password.service import PasswordChange
from idp.account.profile import Profile, Profiles
from idp.account.removing import Removing
from idp.core.errors import NotFoundError, Rejected
from idp.core.reasons import Reason
from idp.web.api.operation import Operation
from idp.web.transaction import Transactions

_NOTHING_TYPED = Rejected(Reason.NOTHING_TYPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """The use cases behind the operations."""

    transactions: Transactions
    profiles: Profiles
    methods: SignInMethods
    removing: Removing
    devices: SignedInDevices
    applications: Applications
    password: PasswordChange
    export: Export
    activity: Activity
    addresses: AddressOperations

    def all(self) -> tuple[Operation, ...]:
        """Return every operation."""
        return (
            Operation(verb="GET", path="/profile", name="readProfile", summary="Who is signed in",
                      handle=self.read_profile, gives=Person),
            Operation(verb="PATCH", path="/profile", name="changeProfile", summary="Change names",
                      handle=self.change_profile, takes=ProfileChange, gives=Person),
            Operation(verb="PUT", path="/password", name="changePassword", summary="Change the password",
                      handle=self.change_password, action=password.ACTION, takes=PasswordChangeBody),
            Operation(verb="GET", path="/methods", name="listMethods", summary="Sign-in methods, and what can be added",
                      handle=self.list_methods, gives=Methods),
            Operation(verb="PATCH", path="/methods/{id}", name="renameMethod", summary="Rename a sign-in method",
                      handle=self.rename_method, action=methods.ACTION, takes=MethodChange),
            Operation(verb="DELETE", path="/methods/{id}", name="removeMethod", summary="Remove a sign-in method",
                      handle=self.remove_method, action=methods.ACTION),
            Operation(verb="POST", path="/methods/{id}/removal", name="removeMethodBesidePassword",
                      summary="Remove a sign-in method, and choose a password that may stand alone",
                      handle=self.remove_beside_password, action=methods.ACTION, takes=RemovalBody),
            Operation(verb="GET", path="/sessions", name="listSessions", summary="Where one is signed in",
                      handle=self.list_sessions, gives=tuple[SignedIn, ...]),
            Operation(verb="DELETE", path="/sessions", name="endOtherSessions", summary="Sign out everywhere else",
                      handle=self.end_others, action=devices.ACTION),
            Operation(verb="DELETE", path="/sessions/{id}", name="endSession", summary="Sign out somewhere",
                      handle=self.end_session, action=devices.ACTION),
            Operation(verb="GET", path="/applications", name="listApplications", summary="Connected applications",
                      handle=self.list_applications, gives=tuple[Application, ...]),
            Operation(verb="DELETE", path="/applications/{id}", name="endApplication", summary="Disconnect one",
                      handle=self.end_application),
            Operation(verb="GET", path="/activity", name="listActivity", summary="What happened last, and why",
                      handle=self.list_activity, gives=tuple[Happening, ...]),
            Operation(verb="GET", path="/export", name="export", summary="All that is kept about oneself",
                      handle=self.write_export, action=export.ACTION, gives=dict[str, Any]),
            *self.addresses.all(),
        )  # fmt: skip

    def read_profile(self, actor: Actor) -> Person:
        """Return who is signed in."""
        user, profile = actor.user, self.profiles.of(actor.user)
        return Person(
            id=user.id,
            username=user.username,
            display_name=profile.display_name,
            given_name=profile.given_name,
            family_name=profile.family_name,
            email=user.email,
            email_verified=user.email_verified_at is not None,
            phone=user.phone,
            phone_verified=user.phone_verified_at is not None,
        )

    def change_profile(self, actor: Actor, body: ProfileChange) -> Person | Rejected:
        """Change names."""
        said: Mapping[str, str] = {
            name: value for name, value in msgspec.structs.asdict(body).items() if value is not msgspec.UNSET
        }
        wished: Profile = replace(self.profiles.of(actor.user), **said)
        with self.transactions.open() as tx:
            if self.profiles.change(tx, actor, wished) is not None:
                return Rejected(Reason.NAME_MALFORMED)
            return self.read_profile(replace(actor, user=self.profiles.read(tx, actor.user)))

    def change_password(self, actor: Actor, body: PasswordChangeBody) -> Rejected | None:
        """Change the password."""
        with self.transactions.open() as tx:
            shortest = self.password.shortest(tx, actor.user)
        chosen = self.password.choose(actor.user, body.new_password, shortest=shortest)
        if isinstance(chosen, Rejected):
            return chosen
        with self.transactions.open() as tx:
            self.password.change(tx, actor, chosen, end_others=body.end_others)
        return None

    def list_methods(self, actor: Actor) -> Methods:
        """Return sign-in methods."""
        with self.transactions.open() as tx:
            return self.methods.all_of(tx, actor.user)

    def rename_method(self, actor: Actor, body: MethodChange, *, id: str) -> None:
        """Rename one."""
        with self.transactions.open() as tx:
            self.methods.rename(tx, actor, self._method(tx, actor, id), body.label)

    def remove_method(self, actor: Actor, *, id: str) -> Rejected | None:
        """Remove one."""
        with self.transactions.open() as tx:
            method = self._method(tx, actor, id)
        return self.removing.remove(actor, method)

    def remove_beside_password(self, actor: Actor, body: RemovalBody, *, id: str) -> Rejected | None:
        """Remove one, with a password that may stand alone."""
        with self.transactions.open() as tx:
            method = self._method(tx, actor, id)
        return self.removing.remove(actor, method, body.new_password) if body.new_password else _NOTHING_TYPED

    def list_sessions(self, actor: Actor) -> tuple[SignedIn, ...]:
        """Return where one is signed in."""
        with self.transactions.open() as tx:
            return self.devices.all_of(tx, actor.user, actor.session)

    def end_session(self, actor: Actor, *, id: str) -> None:
        """Sign out somewhere."""
        with self.transactions.open() as tx:
            if all(each.id != id for each in self.devices.all_of(tx, actor.user, actor.session)):
                raise NotFoundError
            self.devices.end(tx, actor, id)

    def end_others(self, actor: Actor) -> None:
        """Sign out everywhere else."""
        with self.transactions.open() as tx:
            self.devices.end_others(tx, actor)

    def list_applications(self, actor: Actor) -> tuple[Application, ...]:
        """Return connected applications."""
        with self.transactions.open() as tx:
            return self.applications.all_of(tx, actor.user)

    def end_application(self, actor: Actor, *, id: str) -> None:
        """Disconnect one."""
        with self.transactions.open() as tx:
            if not self.applications.end(tx, actor, id):
                raise NotFoundError

    def list_activity(self, actor: Actor) -> tuple[Happening, ...]:
        """Return what happened last."""
        with self.transactions.open() as tx:
            return self.activity.recent(tx, actor.user)

    def write_export(self, actor: Actor) -> Mapping[str, Any]:
        """Return all that is kept."""
        with self.transactions.open() as tx:
            return self.export.write(tx, actor)

    def _method(self, tx: Any, actor: Actor, credential_id: str) -> Method:
        method = self.methods.one_of(tx, actor.user, credential_id)
        if method is None:
            raise NotFoundError
        return method
