"""The pages of the account at a glance, of its profile, activity and applications, and the file with all of it."""

from collections.abc import Callable

import msgspec
from flask import Blueprint, Response

from idp.account import export
from idp.account.activity import Activity
from idp.account.applications import Applications
from idp.account.devices import SignedInDevices
from idp.account.export import Export
from idp.account.methods import Actor, SignInMethods
from idp.account.profile import NAMES, Profile, Profiles
from idp.login.begun import Admitted
from idp.policy.shipped_actions import SHIPPED
from idp.records.users.model import MAX_NAME, STAFF
from idp.web.desk import Desk

HOME = "/account/"
PROFILE = "/account/profile"
ACTIVITY = "/account/activity"
APPLICATIONS = "/account/applications"
EXPORT = "/account/export"
PROVE = "/account/prove/"
_FEW = 5
Guard = Callable[[Callable[..., Response]], Callable[..., Response]]


class Pages:
    """The pages."""

    def __init__(
        self,
        *,
        desk: Desk,
        methods: SignInMethods,
        devices: SignedInDevices,
        applications: Applications,
        profiles: Profiles,
        export: Export,
        activity: Activity,
    ) -> None:
        self._desk = desk
        self._methods = methods
        self._devices = devices
        self._applications = applications
        self._profiles = profiles
        self._export = export
        self._activity = activity

    def overview(self, admitted: Admitted) -> Response:
        """Show it all at a glance."""
        user = admitted.user
        with self._desk.transactions.open() as tx:
            values = {
                "user": user,
                "methods": len(self._methods.all_of(tx, user).held),
                "sessions": len(self._devices.all_of(tx, user, admitted.session)),
                "applications": len(self._applications.all_of(tx, user)),
                "happenings": self._activity.recent(tx, user, limit=_FEW),
                "may_administer": not STAFF.isdisjoint(user.roles),
            }
        return self._desk.page("account/overview.html", values)

    def activity(self, admitted: Admitted) -> Response:
        """Show what happened."""
        with self._desk.transactions.open() as tx:
            found = self._activity.recent(tx, admitted.user)
        return self._desk.page("account/activity.html", {"happenings": found})

    def applications(self, admitted: Admitted) -> Response:
        """Show what is connected."""
        with self._desk.transactions.open() as tx:
            found = self._applications.all_of(tx, admitted.user)
        return self._desk.page("account/applications.html", {"applications": found})

    def disconnect(self, admitted: Admitted) -> Response:
        """Disconnect one application."""
        client_id = self._desk.form().get("application", "")
        with self._desk.transactions.open() as tx:
            self._applications.end(tx, self._actor(admitted), client_id)
        return self._desk.leave(APPLICATIONS)

    def profile(self, admitted: Admitted) -> Response:
        """Show names and addresses."""
        return self._profile(admitted, self._profiles.of(admitted.user), kept=self._desk.asked("kept") == "1")

    def change_profile(self, admitted: Admitted) -> Response:
        """Change names."""
        form = self._desk.form()
        wished = Profile(**{name: form.get(name, "").strip() for name in NAMES})
        with self._desk.transactions.open() as tx:
            wrong = self._profiles.change(tx, self._actor(admitted), wished)
        if wrong is None:
            return self._desk.leave(f"{PROFILE}?kept=1")
        return self._profile(admitted, wished, wrong=wrong.fields)

    def download(self, admitted: Admitted) -> Response:
        """Give all that is kept, as a file."""
        with self._desk.transactions.open() as tx:
            document = self._export.write(tx, self._actor(admitted))
        answer = Response(msgspec.json.format(msgspec.json.encode(document), indent=2), mimetype="application/json")
        answer.headers["Content-Disposition"] = 'attachment; filename="account.json"'
        return answer

    def proved(self, admitted: Admitted) -> Response:  # noqa: ARG002 -- the interface of guarded views
        """Lead back to the account whoever came to prove something for it."""
        return self._desk.leave(HOME)

    def _profile(
        self, admitted: Admitted, shown: Profile, *, wrong: tuple[str, ...] = (), kept: bool = False
    ) -> Response:
        values = {
            "user": admitted.user,
            "profile": {name: getattr(shown, name) for name in NAMES},
            "wrong": wrong,
            "longest": MAX_NAME,
            "kept": kept,
        }
        return self._desk.page("account/profile.html", values, status=422 if wrong else 200)

    def _actor(self, admitted: Admitted) -> Actor:
        here = self._desk.here()
        return Actor(user=admitted.user, session=admitted.session, address=here.address, wants=here.wants)


def blueprint(pages: Pages, *, require: Callable[[str], Guard]) -> Blueprint:
    """Return the pages, each behind the action that it needs."""
    views = Blueprint("overview", __name__)
    for path, verb, name, view in (
        (HOME, "GET", "overview", require("")(pages.overview)),
        (ACTIVITY, "GET", "activity", require("")(pages.activity)),
        (APPLICATIONS, "GET", "applications", require("")(pages.applications)),
        (APPLICATIONS, "POST", "disconnect", require("")(pages.disconnect)),
        (PROFILE, "GET", "profile", require("")(pages.profile)),
        (PROFILE, "POST", "change_profile", require("")(pages.change_profile)),
        (EXPORT, "GET", "export", require(export.ACTION)(pages.download)),
        (PROVE, "GET", "sign_in", require("")(pages.proved)),
        *(
            (f"{PROVE}{action}", "GET", f"prove_{action.replace('.', '_')}", require(action)(pages.proved))
            for action in SHIPPED
            if action.startswith("account.")
        ),
    ):
        views.add_url_rule(path, name, view, methods=[verb])
    return views
