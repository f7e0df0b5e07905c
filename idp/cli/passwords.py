"""Passwords chosen on the command line: by the rules that pages have."""

from urllib.parse import urlsplit

from idp.cli.installation import Installation
from idp.cli.people import NewPerson
from idp.cli.policies import live
from idp.core.errors import ConfigError, Problem, Rejected
from idp.core.reasons import Reason
from idp.factors.base import Person
from idp.factors.password import MAX_LENGTH, Password
from idp.login.breaches import breaches_at
from idp.login.choosing import Chosen, NewPasswords
from idp.login.lane import Lane

_WORDS = {
    Reason.PASSWORD_COMMON: "is among the first that are guessed: a common word or pattern",
    Reason.PASSWORD_PERSONAL: "is made of names and addresses that others know",
    Reason.PASSWORD_BREACHED: "was found in a breach of another service",
}


def choose(here: Installation, person: NewPerson, password: str) -> Chosen:
    """Return what to keep of a new person's password; raise ConfigError when it may not be chosen."""
    settings, costs = here.settings, here.settings.argon2
    with here.database.transaction() as tx:
        lengths = live(here, tx).password
    shortest = lengths.min if person.totp_secret or (person.phone and person.has_texts) else lengths.alone
    passwords = NewPasswords(
        password=Password(memory_kib=costs.memory, passes=costs.time, lanes=costs.lanes),
        breaches=breaches_at(settings.hibp_url),
        lane=Lane(size=1),
        service=urlsplit(settings.issuer).hostname or "",
    )
    about = Person(
        id="", username=person.username, display_name=person.display_name, email=person.email, phone=person.phone
    )
    chosen = passwords.choose(password, person=about, shortest=shortest)
    if isinstance(chosen, Rejected):
        text = _WORDS.get(chosen.reason, f"must have {shortest} to {MAX_LENGTH} characters here")
        raise ConfigError([Problem(text, key="password")])
    return chosen
