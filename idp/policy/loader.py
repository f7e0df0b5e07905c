"""From YAML to a compiled bundle: strict, total, all mistakes at once.

A text either loads or raises `ConfigError` with file, line, column and key. The version is the SHA-256 of the canonical
form: blind to comments and to the order of keys, but not to the order of `acr` (it is the order of ties).
"""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from idp.core.assurance import FactorTraits, TraitsTable
from idp.core.errors import ConfigError, Problem
from idp.policy import sections
from idp.policy.document import Node, parse, plain
from idp.policy.example_reading import read_examples
from idp.policy.language import Bundle, Level, Place
from idp.policy.level_reading import read_levels
from idp.policy.levels import order_of, ways_of
from idp.policy.operators import Vocabulary
from idp.policy.reading import Reading
from idp.policy.reasons import read_reasons
from idp.policy.rules import RuleContext, read_actions, read_rules

_TOP = (
    "bundle", "acr", "factors", "password", "sessions", "locks", "budgets", "trusted_devices", "enrolment", "risk",
    "publishing", "records", "zones", "actions", "rules", "reasons", "tests",
)  # fmt: skip
_REQUIRED = ("bundle", "acr", "factors")
MAX_BYTES = 4 * 1024 * 1024
_REMEMBERED = 8
"""How many bundles are kept once read: the live one, its canary, a draft, what it is compared with, and as many old."""


def load_text(text: str, *, file: str = "", traits: TraitsTable) -> Bundle:
    """Return the bundle that `text` describes; raise ConfigError naming every mistake."""
    return _loaded(text, file, tuple(traits.values()))


def read_text(text: str, *, file: str = "", traits: TraitsTable) -> Bundle:
    """Return the same as `load_text`, and remember nothing: for what is read once, such as a text as it is typed."""
    return _load(parse(text, file=file), text, traits)


@lru_cache(maxsize=_REMEMBERED)
def _loaded(text: str, file: str, traits: tuple[FactorTraits, ...]) -> Bundle:
    # Reading costs 20 to 30 ms, and the same few texts are asked for again and again; a bundle never changes.
    return _load(parse(text, file=file), text, {row.name: row for row in traits})


def load_path(path: Path, *, traits: TraitsTable) -> Bundle:
    """Return the bundle in a file, or in a folder `<name>.bundle` whose YAML files are merged by name."""
    if path.is_dir():
        return _load_folder(path, traits)
    return load_text(_read(path), file=str(path), traits=traits)


def _load_folder(path: Path, traits: TraitsTable) -> Bundle:
    if path.suffix != ".bundle":
        raise ConfigError([Problem("a folder of policy files must have a name that ends in .bundle", str(path))])
    merged = Node("mapping", str(path), 1, 1)
    texts = []
    for file in sorted(path.glob("*.yaml")):
        text = _read(file)
        for name, (key, value) in parse(text, file=str(file)).pairs.items():
            if name in merged.pairs:
                raise ConfigError([Problem("given twice", key.file, key.line, key.column, name)])
            merged.pairs[name] = (key, value)
        texts.append(text.rstrip() + "\n")
    bundle = _load(merged, "".join(texts), traits)
    # What is stored is one text: it must say the same as the files do.
    if load_text(bundle.text, file=str(path), traits=traits).version != bundle.version:
        raise ConfigError([Problem("write each file as a plain mapping without `---` or braces around it", str(path))])
    return bundle


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError([Problem(f"larger than {MAX_BYTES} bytes", str(path))])
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise ConfigError([Problem("not valid UTF-8", str(path))]) from error
    except OSError as error:
        raise ConfigError([Problem(f"cannot be read: {error.strerror}", str(path))]) from error


def _load(root: Node, text: str, traits: TraitsTable) -> Bundle:
    reading = Reading()
    entries = reading.mapping(root, "", _TOP, required=_REQUIRED)
    if "acr" not in entries or "factors" not in entries:
        raise ConfigError(reading.problems)
    bundle = _read_bundle(reading, root, entries, text=text, traits=traits)
    if reading.problems:
        raise ConfigError(sorted(reading.problems, key=lambda problem: (problem.file, problem.line, problem.column)))
    return bundle


def _read_bundle(
    reading: Reading, root: Node, entries: Mapping[str, Node], *, text: str, traits: TraitsTable
) -> Bundle:
    levels = read_levels(reading, entries["acr"])
    names = names_of(levels)
    first, order, settings = sections.read_factors(reading, entries["factors"], traits)
    stronger = order_of(levels)
    actions_node = entries.get("actions")
    context = RuleContext(
        Vocabulary(names, stronger), order, frozenset(actions_node.pairs if actions_node is not None else ())
    )
    rules = read_rules(reading, entries.get("rules"), context)
    return Bundle(
        name=reading.name(entries["bundle"], "bundle") if "bundle" in entries else "",
        version=version_of(root),
        text=text,
        levels=levels,
        names=names,
        stronger=stronger,
        ways=ways_of(levels, stronger),
        first=first,
        order=order,
        factor_settings=settings,
        password=sections.read_password(reading, entries.get("password")),
        sessions=sections.read_sessions(reading, entries.get("sessions")),
        locks=sections.read_locks(reading, entries.get("locks")),
        budgets=sections.read_budgets(reading, entries.get("budgets")),
        trusted_devices=sections.read_trusted_devices(reading, entries.get("trusted_devices")),
        enrolment=sections.read_enrolment(reading, entries.get("enrolment"), names=names, order=order),
        risk=sections.read_risk(reading, entries.get("risk")),
        publishing=sections.read_publishing(reading, entries.get("publishing")),
        records=sections.read_records(reading, entries.get("records")),
        zones=sections.read_zones(reading, entries.get("zones")),
        reasons=read_reasons(reading, entries.get("reasons")),
        actions=read_actions(reading, actions_node, context),
        rules=rules,
        facts=frozenset(fact for rule in rules for fact in rule.facts),
        tests=read_examples(reading, entries.get("tests"), context),
        traits=traits,
        places=_places(root),
    )


def names_of(levels: Mapping[str, Level]) -> dict[str, str]:
    """Return every name and alias, each with the level's own name."""
    names = {alias: level.name for level in levels.values() for alias in level.aliases}
    return {**names, **{name: name for name in levels}}


def version_of(root: Node) -> str:
    """Return the hex SHA-256 of the canonical form."""
    content = plain(root)
    if isinstance(content.get("acr"), dict):
        content["acr"] = list(content["acr"].items())
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _places(root: Node) -> dict[str, Place]:
    """Return where each level, action, rule and test stands, by dotted key."""
    places = {}
    for section, (_, node) in root.pairs.items():
        for name, (key, _) in node.pairs.items():
            places[f"{section}.{name}"] = Place(key.file, key.line, key.column)
        for item in node.items:
            label = item.pairs.get("id") or item.pairs.get("name")
            if label is not None:
                places[f"{section}.{label[1].scalar}"] = Place(item.file, item.line, item.column)
    return places
