"""What goes in and out of the account's API. What goes in is strict: a member that is not known is refused (ENR-06)."""

from datetime import datetime
from typing import Annotated

import msgspec

Text = Annotated[str, msgspec.Meta(max_length=1000)]


class ProfileChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Names to be changed; what is left out stays."""

    display_name: Text | msgspec.UnsetType = msgspec.UNSET
    given_name: Text | msgspec.UnsetType = msgspec.UNSET
    family_name: Text | msgspec.UnsetType = msgspec.UNSET


class MethodChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a sign-in method is called from now on."""

    label: Text


class PasswordChangeBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new password, and whether everybody else is signed out."""

    new_password: Text
    end_others: bool = True

    def __repr__(self) -> str:
        """Show nothing: it holds a secret."""
        return "PasswordChangeBody(…)"


class RemovalBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The password from then on, where it will stand alone; the present one will do if it is long enough."""

    new_password: Text

    def __repr__(self) -> str:
        """Show nothing: it holds a secret."""
        return "RemovalBody(…)"


class EmailBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new e-mail address."""

    email: Text


class PhoneBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new mobile number, with its country code."""

    phone: Text


class CodeBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The code that went to a new address."""

    code: Text

    def __repr__(self) -> str:
        """Show nothing: it holds a secret."""
        return "CodeBody(…)"


class DeletionBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One's own username, typed so that nobody deletes an account by a slip."""

    username: Text


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A code is on its way; nothing has changed yet."""

    id: str
    to: str
    """Masked."""
    expires_at: datetime


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in."""

    id: str
    username: str
    display_name: str
    given_name: str
    family_name: str
    email: str
    email_verified: bool
    phone: str
    phone_verified: bool


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why something was refused; where a proof is missing, which one and where it is given (after RFC 9470 §3)."""

    error: str
    error_description: str = ""
    acr_values: str = ""
    max_age: int | None = None
    step_up: str = ""
    """A page of ours on which a browser proves what is missing."""
