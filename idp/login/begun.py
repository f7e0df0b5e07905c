"""What asking comes to: it is finished or admitted at once, a page must be shown, or none may be."""

from dataclasses import dataclass, field

from idp.login.model import Answer, KeptCookie
from idp.policy.model import Decision
from idp.records.sessions.model import Session
from idp.records.users.model import User
from idp.web.cookies import CookieChange, Jar


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """It is over: give `answer` to the browser, with these cookies."""

    answer: Answer
    cookies: tuple[CookieChange, ...] = ()


def kept(cookies: tuple[CookieChange, ...]) -> tuple[KeptCookie, ...]:
    """Return cookies as they are kept with an answer."""
    return tuple(KeptCookie(jar=change.jar, value=change.value, lasts=change.lasts) for change in cookies)


def again(answer: Answer) -> Finished:
    """Return an answer that was given before, to be given again, its cookies included."""
    cookies = (CookieChange(jar=Jar(kept.jar), value=kept.value, lasts=kept.lasts) for kept in answer.cookies)
    return Finished(answer=answer, cookies=tuple(cookies))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Something must be asked: send the browser to `path`, with these cookies."""

    interaction_id: str
    login_secret: str = field(repr=False)
    """The new value of the login cookie: the secrets of this browser's open interactions, newest first."""

    @property
    def path(self) -> str:
        """Where the interaction's page is."""
        return f"/login/{self.interaction_id}"

    @property
    def cookies(self) -> tuple[CookieChange, ...]:
        """The cookie that binds the interaction to this browser; it ends with the browser."""
        return (CookieChange(jar=Jar.LOGIN, value=self.login_secret),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unable:
    """`prompt=none`, and something would have to be asked (OIDC Core 1.0 §3.1.2.6)."""

    error: str
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """One of our own pages may be shown: to whom, and in which session."""

    user: User
    session: Session


Begun = Finished | Asked | Unable
