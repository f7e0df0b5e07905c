"""The reason codes of the score in words, for whoever wants to know why."""

_LEVELS = {
    "country": "country",
    "provider": "network provider",
    "network": "neighbourhood of the address",
    "address": "address",
    "device": "kind of device",
    "system": "operating system",
    "system_version": "version of the operating system",
    "browser": "browser",
    "make": "what the browser's description says beside versions",
    "browser_version": "version of the browser",
    "agent": "the browser's whole description",
    "model": "model of the device",
    "release": "release of its system",
}
_WHAT = {
    "new": "{}: never seen of this person",
    "usual": "{}: as before",
    "rare": "{}: how rare it is among everybody",
}
_WORDS = {
    "network_copied": "what a thief can copy of the network is trusted less",
    "client_copied": "what a thief can copy of the browser is trusted less",
    "device_cookie_known": "this device has signed the person in before",
    "device_cookie_missing": "no device of this person is recognised",
    "short_past": "little is known of the person yet, so that new things are likelier theirs",
    "long_past": "much is known of the person, so that new things are less likely theirs",
    "tor_exit": "the address is an exit of the Tor network",
    "attack_listed": "the address is on a list of attackers",
    "unusual_hosting": "a hosting or VPN network this person has not come from before",
    "impossible_travel": "faster than an airliner from the last sign-in",
    "velocity": "many failures just before",
    "spray": "the address tries many accounts",
    "after_failures": "the first success after several failures",
    "provider_failing": "far more failures come through this provider now than people",
    "dormant_new_device": "a new device after a long absence",
    "action_after_new_device": "something of consequence right after a new device",
    "prompt_denied": "the person has lately said of a sign-in that it was not theirs",
    "phone_line_unusual": "the person's number is of a kind that nobody carries: internet, premium, personal",
    "mail_disposable": "the person's address is of a kind that is thrown away",
    "hints_absent": "the browser says no more of its device than its description: neutral",
    "phone_absent": "no telephone number of the person is known: neutral",
    "address_failed": "where the connection comes from cannot be known: risk is unknown",
    "assessment_failed": "the assessment failed: risk is unknown",
}
_HEALTH = {
    "absent": "is not installed: neutral",
    "stale": "is older than it should be",
    "failed": "should be there and cannot be read: risk is unknown",
}
_INPUTS = {
    "city": "the file of places",
    "asn": "the file of providers",
    "lists": "the folder of address lists",
    "mail_domains": "the list of throw-away mail domains",
}


def words_of(code: str) -> str:
    """Return a reason in words; a code that has none is its own."""
    if code in _WORDS:
        return _WORDS[code]
    subject, _, what = code.rpartition("_")
    if subject in _LEVELS and what in _WHAT:
        return _WHAT[what].format(_LEVELS[subject])
    if subject in _INPUTS and what in _HEALTH:
        return f"{_INPUTS[subject]} {_HEALTH[what]}"
    return code
