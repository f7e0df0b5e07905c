"""Reading the levels of a bundle: what each needs, what else it is called, how long it holds (policy.md §1)."""

from collections.abc import Mapping

from idp.policy.document import Node
from idp.policy.language import FIRST_LEVEL, Alternative, Level
from idp.policy.reading import Reading

_ALTERNATIVE = ("kinds", "proofs", "channels", "phishing_resistant", "device_bound", "attested")


def read_levels(reading: Reading, node: Node) -> dict[str, Level]:
    """Return the levels in the order written; `urn:idp:acr:1fa` must be among them."""
    entries = reading.mapping(node, "acr")
    levels = {name: _level(reading, value, name) for name, value in entries.items()}
    for name in levels:
        if not name or any(character.isspace() for character in name):
            reading.refuse(node.pairs[name][0], "a level's name holds no space: acr_values is split at spaces", "acr")
    if FIRST_LEVEL not in levels:
        reading.refuse(node, f"the level {FIRST_LEVEL!r} is missing: it is always demanded", "acr")
    _check_aliases(reading, node, levels)
    return levels


def _level(reading: Reading, node: Node, name: str) -> Level:
    key = f"acr.{name}"
    entries = reading.mapping(node, key, ("title", "aliases", "needs", "valid_for"), required=("title", "needs"))
    valid_for = reading.duration(entries["valid_for"], f"{key}.valid_for") if "valid_for" in entries else None
    needs = reading.items(entries["needs"], f"{key}.needs") if "needs" in entries else []
    if "needs" in entries and not needs:
        reading.refuse(node, "needs at least one alternative", key)
    return Level(
        name=name,
        title=reading.text(entries["title"], f"{key}.title") if "title" in entries else "",
        needs=tuple(_alternative(reading, need, f"{key}.needs") for need in needs),
        aliases=reading.texts(entries["aliases"], f"{key}.aliases") if "aliases" in entries else (),
        valid_for=valid_for,
    )


def _alternative(reading: Reading, node: Node, key: str) -> Alternative:
    if node.shape == "scalar":
        reading.choice(node, key, ("any",))
        return Alternative()
    entries = reading.mapping(node, key, _ALTERNATIVE)
    if node.shape == "mapping" and not entries:
        reading.refuse(node, "asks nothing; write `any` for one proof of any kind", key)
    counts = {
        name: reading.integer(value, f"{key}.{name}", 1) for name, value in entries.items() if name in _ALTERNATIVE[:3]
    }
    flags = {
        name: reading.boolean(value, f"{key}.{name}") for name, value in entries.items() if name in _ALTERNATIVE[3:]
    }
    return Alternative(
        kinds=counts.get("kinds", 0),
        proofs=counts.get("proofs", 1),
        channels=counts.get("channels", 1),
        phishing_resistant=flags.get("phishing_resistant", False),
        device_bound=flags.get("device_bound", False),
        attested=flags.get("attested", False),
    )


def _check_aliases(reading: Reading, node: Node, levels: Mapping[str, Level]) -> None:
    seen: set[str] = set()
    for level in levels.values():
        for alias in level.aliases:
            place, key = node.pairs[level.name][1], f"acr.{level.name}.aliases"
            if not alias or any(character.isspace() for character in alias):
                reading.refuse(place, f"the alias {alias!r} holds a space: acr_values is split at spaces", key)
            elif alias in levels:
                reading.refuse(place, f"the alias {alias!r} is the name of a level", key)
            elif alias in seen:
                reading.refuse(place, f"the alias {alias!r} is used twice", key)
            seen.add(alias)
