"""What a reset needs to know of a person's password and of what else they prove themselves with."""

from idp.core.tokens import digest
from idp.factors.base import Credential
from idp.factors.email import Email
from idp.login.budget import PASSWORD
from idp.policy.language import Bundle
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User, email_key
from idp.storage.tx import Tx


def password_of(tx: Tx, user: User) -> Credential | None:
    """Return the password of a person, if they have one."""
    held = credentials.list_credentials(tx, user.id)
    return next((credential for credential in held if credential.factor == PASSWORD), None)


def state_of(user: User, password: Credential | None) -> str:
    """Return a digest of what a link for a new password is bound to: the mailbox and the password as they are now.

    Whatever changes one of them makes the link void, whoever changes it and wherever (ENR-13). Empty: there is nothing
    that could be reset.
    """
    if password is None or not user.email or user.email_verified_at is None:
        return ""
    return digest(f"{email_key(user.email)}\n{password.id}\n{password.material.hex()}")


def mailbox_of(user: User) -> str:
    """Return the channel of a person's mailbox."""
    return Email().channel_of(user.email)


def others_of(tx: Tx, user: User, bundle: Bundle) -> tuple[Credential, ...]:
    """Return what a person has beside the password, of factors that are on."""
    held = credentials.list_credentials(tx, user.id)
    return tuple(each for each in held if each.factor != PASSWORD and each.factor in bundle.order)


def is_only_channel(others: tuple[Credential, ...], mailbox: str) -> bool:
    """Tell whether a mailbox is the only second channel of a person.

    A reset by it would then leave them with one channel for everything, so it is a recovery, which cools off (E6, E7).
    """
    return bool(others) and all(credential.channel == mailbox for credential in others)
