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
    "browser_version": "version of the browser",
    "agent": "the browser's whole description",
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
    "tor_exit": "the address is an exit of the Tor network",
    "attack_listed": "the address is on a list of attackers",
    "unusual_hosting": "a hosting or VPN network this person has not come from before",
    "impossible_travel": "faster than an airliner from the last sign-in",
    "velocity": "many failures just before",
    "spray": "the address tries many accounts",
    "after_failures": "the first success after several failures",
    "dormant_new_device": "a new device after a long absence",
}
_HEALTH = {
    "absent": "is not installed: neutral",
    "stale": "is older than it should be",
    "failed": "should be there and cannot be read: risk is unknown",
}
_INPUTS = {"city": "the file of places", "asn": "the file of providers", "lists": "the folder of address lists"}


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
