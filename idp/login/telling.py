"""Tells a person of a change to their account, wherever they can be reached (E9).

Every proven mailbox and phone is told, in the transaction of the change: there is no change without its notice. Each
notice carries one link with which the person says that it was not them; the link does nothing but make the account
safer, so that it may lie in a mailbox.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from idp.login.messages import Letter, short_notice
from idp.login.recovery.links import MailedLinks
from idp.login.sender import Sender
from idp.records.delivery.model import NOTICE
from idp.records.users.links.model import Purpose
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.current import Browser
from idp.web.languages import Wanted
from idp.web.texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When something happened, and where."""

    at: datetime
    address: str = ""
    user_agent: str = ""
    wants: Wanted = field(default_factory=Wanted)
    """The languages that the browser wants."""

    @classmethod
    def of(cls, browser: Browser, now: datetime) -> "Occasion":
        """Return the occasion of a request."""
        return cls(at=now, address=browser.address, user_agent=browser.user_agent, wants=browser.wants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What every notice says besides what happened."""

    host: str
    occasion: Occasion
    texts: Texts
    link: str = field(repr=False)


class Telling:
    """Writes notices."""

    def __init__(self, *, sender: Sender, links: MailedLinks) -> None:
        self.sender = sender
        self._links = links

    def tell(self, tx: Tx, user: User, write: Callable[[Told], Letter], occasion: Occasion) -> None:
        """Tell a person, at every address that is proven to be theirs."""
        texts = self._texts(user, occasion.wants)
        for channel, to in _proven(user):
            link = self._links.make(tx, Purpose.REPORT, user.id, now=occasion.at)
            told = Told(host=self.sender.host, occasion=occasion, texts=texts, link=link)
            letter = write(told)
            if channel == "sms":
                letter = short_notice(letter.subject, texts, host=told.host, link=link)
            self.sender.send(tx, channel=channel, to=to, purpose=NOTICE, letter=letter, now=occasion.at)

    def language(self, user: User, wants: Wanted) -> str:
        """Return the language in which a person is told, as its tag."""
        return self._texts(user, wants).tag

    def _texts(self, user: User, wants: Wanted) -> Texts:
        # In the person's own language, where it is known: the browser may be a stranger's.
        return self.sender.texts(wants, *([user.locale] if user.locale else []))


def _proven(user: User) -> Iterator[tuple[str, str]]:
    """Yield where a person can be reached, by channel."""
    if user.email and user.email_verified_at is not None:
        yield "email", user.email
    if user.phone and user.phone_verified_at is not None:
        yield "sms", user.phone
