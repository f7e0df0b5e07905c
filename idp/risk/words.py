"""The reason codes of the score in words, for whoever wants to know why.

English is written here; pages say each in the reader's language (`_` marks what is to be translated).
"""

from typing import NamedTuple


class Words(NamedTuple):
    """One whole sentence; `what` is put in where it has a place for it."""

    text: str
    what: str = ""


def _(text: str) -> str:
    return text


_LEVELS = {
    "country": _("country"),
    "provider": _("network provider"),
    "network": _("neighbourhood of the address"),
    "address": _("address"),
    "device": _("kind of device"),
    "system": _("operating system"),
    "system_version": _("version of the operating system"),
    "browser": _("browser"),
    "make": _("what the browser's description says beside versions"),
    "browser_version": _("version of the browser"),
    "agent": _("the browser's whole description"),
    "model": _("model of the device"),
    "release": _("release of its system"),
}
_WHAT = {
    "new": _("%(what)s: never seen of this person"),
    "usual": _("%(what)s: as before"),
    "rare": _("%(what)s: how rare it is among everybody"),
}
_WORDS = {
    "network_copied": _("what a thief can copy of the network is trusted less"),
    "client_copied": _("what a thief can copy of the browser is trusted less"),
    "both_copied": _("who copies the network may copy the browser, too: both together are trusted less"),
    "device_cookie_known": _("this device has signed the person in before"),
    "device_cookie_missing": _("no device of this person is recognised"),
    "short_past": _("little is known of the person yet, so that new things are likelier theirs"),
    "long_past": _("much is known of the person, so that new things are less likely theirs"),
    "tor_exit": _("the address is an exit of the Tor network"),
    "attack_listed": _("the address is on a list of attackers"),
    "unusual_hosting": _("a hosting or VPN network this person has not come from before"),
    "impossible_travel": _("faster than an airliner from the last sign-in"),
    "velocity": _("many failures just before"),
    "spray": _("the address tries many accounts"),
    "after_failures": _("the first success after several failures"),
    "provider_failing": _("far more failures come through this provider now than people"),
    "dormant_new_device": _("a new device after a long absence"),
    "action_after_new_device": _("something of consequence right after a new device"),
    "prompt_denied": _("the person has lately said of a sign-in that it was not theirs"),
    "phone_line_unusual": _("the person's number is of a kind that nobody carries: internet, premium, personal"),
    "mail_disposable": _("the person's address is of a kind that is thrown away"),
    "hints_absent": _("the browser says no more of its device than its description: neutral"),
    "phone_absent": _("no telephone number of the person is known: neutral"),
    "address_failed": _("where the connection comes from cannot be known: risk is unknown"),
    "assessment_failed": _("the assessment failed: risk is unknown"),
}
_HEALTH = {
    "absent": _("%(what)s is not installed: neutral"),
    "stale": _("%(what)s is older than it should be"),
    "failed": _("%(what)s should be there and cannot be read: risk is unknown"),
}
_INPUTS = {
    "city": _("the file of places"),
    "asn": _("the file of providers"),
    "lists": _("the folder of address lists"),
    "mail_domains": _("the list of throw-away mail domains"),
}


def sentence(code: str) -> Words:
    """Return a reason as a sentence and what is put into it; a code that has none is its own."""
    if code in _WORDS:
        return Words(_WORDS[code])
    subject, _dash, what = code.rpartition("_")
    if subject in _LEVELS and what in _WHAT:
        return Words(_WHAT[what], _LEVELS[subject])
    if subject in _INPUTS and what in _HEALTH:
        return Words(_HEALTH[what], _INPUTS[subject])
    return Words(code)


def words_of(code: str) -> str:
    """Return a reason in English."""
    said = sentence(code)
    return said.text % {"what": said.what} if said.what else said.text
