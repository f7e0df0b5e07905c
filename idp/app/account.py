"""What the account is made of."""

from flask import Blueprint

from idp.account import views as account_views
from idp.account.activity import Activity
from idp.account.api import views as api_views
from idp.account.api.addresses import AddressOperations
from idp.account.api.operations import Operations
from idp.account.applications import Applications
from idp.account.approvals import views as approval_views
from idp.account.approvals.notifying import Notifications
from idp.account.approvals.service import Approvals
from idp.account.beginning import views as beginning_views
from idp.account.beginning.service import Beginning
from idp.account.contact import views as contact_views
from idp.account.contact.phone import PhoneChange
from idp.account.contact.service import EmailChange
from idp.account.deletion import views as deletion_views
from idp.account.deletion.service import Deletion
from idp.account.devices import SignedInDevices
from idp.account.export import Export
from idp.account.first_run import views as first_run_views
from idp.account.first_run.service import FirstRun
from idp.account.methods import SignInMethods
from idp.account.overview import views as overview_views
from idp.account.password import views as password_views
from idp.account.password.service import PasswordChange
from idp.account.profile import Profiles
from idp.account.proving import AddressProving
from idp.account.removing import Removing
from idp.account.sign_up import views as sign_up_views
from idp.account.sign_up.service import SignUp
from idp.account.trust import views as trust_views
from idp.account.trust.service import TrustedBrowsers
from idp.app.parts import Parts
from idp.login import views as login_views
from idp.login.notices import Notices
from idp.login.service import LoginService
from idp.login.standing import Judge
from idp.records.keys.push.service import PushKeys
from idp.web.csrf import Csrf
from idp.web.desk import Desk


def pages(parts: Parts, login: LoginService, csrf: Csrf) -> tuple[Blueprint, ...]:
    """Return the pages of the signed-in person."""
    judge = parts.judge
    notices, devices = Notices(telling=parts.telling), SignedInDevices(policies=parts.policies, clock=parts.clock)
    desk = Desk(transactions=parts.transactions, pages=parts.pages, cookies=parts.cookies, csrf=csrf)
    change = PasswordChange(
        judge=judge,
        passwords=parts.passwords,
        devices=devices,
        notices=notices,
        clock=parts.clock,
        tokens=parts.tokens,
    )
    methods = SignInMethods(judge=judge, notices=notices, clock=parts.clock)
    removing = Removing(methods=methods, password=change, transactions=parts.transactions)
    own = account_views.Parts(
        login=login,
        methods=methods,
        removing=removing,
        devices=devices,
        transactions=parts.transactions,
        pages=parts.pages,
        cookies=parts.cookies,
        csrf=csrf,
    )
    home = account_views.STOPPED
    guard = login_views.require(
        login, transactions=parts.transactions, pages=parts.pages, cookies=parts.cookies, home=home
    )
    approvals = Approvals(judge=judge, notices=notices, clock=parts.clock, tokens=parts.tokens)
    services = parts.settings.push_services
    notifications = Notifications(
        approvals=approvals,
        keys=PushKeys(clock=parts.clock),
        serves=services.serve if services.names else None,
        clock=parts.clock,
        tokens=parts.tokens,
    )
    beginning = Beginning(
        login=login,
        judge=judge,
        passwords=parts.passwords,
        notices=notices,
        clock=parts.clock,
        tokens=parts.tokens,
        stopped=home,
    )
    applications, profiles = Applications(clock=parts.clock), Profiles(clock=parts.clock)
    activity = Activity(clock=parts.clock)
    export = Export(applications=applications, activity=activity, clock=parts.clock)
    proving = AddressProving(judge=judge, sender=parts.sender, clock=parts.clock, tokens=parts.tokens)
    email = EmailChange(proving=proving, telling=parts.telling, clock=parts.clock, tokens=parts.tokens)
    phone = PhoneChange(proving=proving, telling=parts.telling, clock=parts.clock)
    deletion = Deletion(telling=parts.telling, clock=parts.clock)
    operations = Operations(
        transactions=parts.transactions,
        profiles=profiles,
        methods=methods,
        removing=removing,
        devices=devices,
        applications=applications,
        password=change,
        export=export,
        activity=activity,
        addresses=AddressOperations(transactions=parts.transactions, email=email, phone=phone, deletion=deletion),
    )
    overview = overview_views.Pages(
        desk=desk,
        methods=methods,
        devices=devices,
        applications=applications,
        profiles=profiles,
        export=export,
        activity=activity,
    )
    first = FirstRun(
        beginning=beginning, judge=judge, passwords=parts.passwords, clock=parts.clock, tokens=parts.tokens
    )
    return (
        *_signing_up(parts, login, proving, judge, desk, home),
        contact_views.blueprint(email, contact_views.EMAIL, desk=desk, require=guard),
        contact_views.blueprint(phone, contact_views.PHONE, desk=desk, require=guard),
        deletion_views.blueprint(deletion, desk=desk, require=guard),
        overview_views.blueprint(overview, require=guard),
        api_views.blueprint(operations, desk=desk, login=login, issuer=parts.settings.issuer),
        account_views.blueprint(own, require=guard),
        password_views.blueprint(change, desk=desk, require=guard),
        beginning_views.blueprint(beginning, desk=desk),
        first_run_views.blueprint(first, desk=desk),
        approval_views.blueprint(
            approvals, notifications=notifications, login=login, desk=desk, home=home, require=guard
        ),
        trust_views.blueprint(TrustedBrowsers(policies=parts.policies, clock=parts.clock), desk=desk, require=guard),
    )


def _signing_up(
    parts: Parts, login: LoginService, proving: AddressProving, judge: Judge, desk: Desk, home: str
) -> tuple[Blueprint, ...]:
    """Return the pages of signing up, where the service is open."""
    if parts.settings.sign_up != "open":
        return ()
    sign_up = SignUp(
        login=login,
        judge=judge,
        proving=proving,
        passwords=parts.passwords,
        clock=parts.clock,
        tokens=parts.tokens,
        stopped=home,
    )
    return (sign_up_views.blueprint(sign_up, desk=desk),)
