"""Reading the tests a bundle carries (policy.md §1)."""

from collections.abc import Mapping
from typing import Any

from idp.core.assurance import Property
from idp.policy.document import Node
from idp.policy.examples import Example, Expected, Given, GivenCredential, GivenProof
from idp.policy.facts import BANDS, REGISTRY, Fact, FactType, Origin
from idp.policy.model import FactValue, Mark, Outcome
from idp.policy.reading import Reading, suggestion
from idp.policy.rules import RuleContext

_GIVEN = ("client", "action", "acr_values", "acr", "max_age", "prompt", "user", "enrolled", "evidence", "facts")
_EXPECT = ("outcome", "acr", "max_age", "options", "because", "reason")
_PROMPTS = ("none", "login", "consent", "select_account", "create")
_PROPERTIES = tuple(Property)


def read_examples(reading: Reading, node: Node | None, context: RuleContext) -> tuple[Example, ...]:
    """Return the bundle's tests; no two share a name."""
    if node is None:
        return ()
    examples: list[Example] = []
    for item in reading.items(node, "tests"):
        example = _example(reading, item, context)
        if any(example.name == other.name for other in examples):
            reading.refuse(item, f"the test {example.name!r} is given twice", "tests")
        examples.append(example)
    return tuple(examples)


def _example(reading: Reading, node: Node, context: RuleContext) -> Example:
    keys = ("name", "given", "expect")
    entries = reading.mapping(node, "tests", keys, required=keys)
    name = reading.text(entries["name"], "tests.name") if "name" in entries else ""
    return Example(
        name=name,
        given=_given(reading, entries["given"], context) if "given" in entries else Given(),
        expect=_expected(reading, entries["expect"], context) if "expect" in entries else Expected(),
    )


def _given(reading: Reading, node: Node, context: RuleContext) -> Given:
    key = "tests.given"
    entries = reading.mapping(node, key, _GIVEN)
    written: dict[str, Any] = {}
    for name, value in entries.items():
        at = f"{key}.{name}"
        match name:
            case "action":
                written["actions"] = reading.texts(value, at)
            case "acr":
                written["essential_acr"] = reading.texts(value, at)
            case "enrolled":
                written[name] = tuple(_credential(reading, item, at, context) for item in reading.items(value, at))
            case "evidence":
                written[name] = tuple(_proof(reading, item, at, context) for item in reading.items(value, at))
            case "facts":
                written[name] = _facts(reading, value, at)
            case _:
                written[name] = _simple(reading, name, value, at)
    return Given(**written)


def _simple(reading: Reading, name: str, node: Node, key: str) -> Any:
    match name:
        case "acr_values":
            return reading.texts(node, key)
        case "max_age":
            return reading.duration(node, key)
        case "prompt":
            return reading.choices(node, key, _PROMPTS)
        case _:
            return reading.text(node, key)


def _credential(reading: Reading, node: Node, key: str, context: RuleContext) -> GivenCredential:
    if node.shape == "scalar":
        return GivenCredential(factor=reading.choice(node, key, context.order))
    entries = reading.mapping(node, key, ("factor", "properties", "age", "available"), required=("factor",))
    return GivenCredential(
        factor=reading.choice(entries["factor"], key, context.order) if "factor" in entries else "",
        properties=_properties(reading, entries, key),
        age=reading.duration(entries["age"], key) if "age" in entries else None,
        is_available=reading.boolean(entries["available"], key) if "available" in entries else True,
    )


def _proof(reading: Reading, node: Node, key: str, context: RuleContext) -> GivenProof:
    entries = reading.mapping(node, key, ("factor", "age", "properties", "here"), required=("factor",))
    proof = GivenProof(factor=reading.choice(entries["factor"], key, context.order) if "factor" in entries else "")
    return GivenProof(
        factor=proof.factor,
        age=reading.duration(entries["age"], key) if "age" in entries else proof.age,
        properties=_properties(reading, entries, key),
        is_here=reading.boolean(entries["here"], key) if "here" in entries else False,
    )


def _properties(reading: Reading, entries: Mapping[str, Node], key: str) -> frozenset[Property] | None:
    if "properties" not in entries:
        return None
    return frozenset(Property(name) for name in reading.choices(entries["properties"], key, _PROPERTIES))


def _facts(reading: Reading, node: Node, key: str) -> Mapping[str, FactValue]:
    values: dict[str, FactValue] = {}
    for name, value in reading.mapping(node, key).items():
        fact = REGISTRY.get(name)
        if fact is None:
            reading.refuse(node.pairs[name][0], f"unknown fact {name[:80]!r}{suggestion(name, REGISTRY)}", key)
        elif fact.origin is Origin.COMPUTED:
            reading.refuse(node.pairs[name][0], f"{name} is computed and cannot be given", key)
        else:
            values[name] = _value(reading, value, f"{key}.{name}", fact)
    return values


def _value(reading: Reading, node: Node, key: str, fact: Fact) -> FactValue:
    """Return a fact's value as given; the words `unknown` and `absent` stand for themselves."""
    if node.scalar in (Mark.UNKNOWN.value, Mark.ABSENT.value):
        return Mark(str(node.scalar))
    match fact.type:
        case FactType.BOOLEAN:
            return reading.boolean(node, key)
        case FactType.DURATION:
            return reading.duration(node, key).total_seconds()
        case FactType.NUMBER if isinstance(node.scalar, int | float) and not isinstance(node.scalar, bool):
            return node.scalar
        case FactType.NUMBER:
            reading.refuse(node, "must be a number", key)
            return 0
        case FactType.TEXTS:
            return reading.texts(node, key)
        case FactType.BAND:
            return reading.choice(node, key, BANDS)
        case _:
            return reading.text(node, key)


def _expected(reading: Reading, node: Node, context: RuleContext) -> Expected:
    key = "tests.expect"
    entries = reading.mapping(node, key, _EXPECT)
    if node.shape == "mapping" and not entries:
        reading.refuse(node, "expects nothing", key)
    names = context.vocabulary.names
    written: dict[str, Any] = {}
    for name, value in entries.items():
        at = f"{key}.{name}"
        match name:
            case "outcome":
                written[name] = reading.choice(value, at, tuple(Outcome))
            case "acr":
                written[name] = tuple(names[level] for level in reading.choices(value, at, names))
            case "max_age":
                written[name] = reading.duration(value, at)
            case "options":
                written[name] = tuple(reading.choices(item, at, context.order) for item in reading.items(value, at))
            case "because":
                written[name] = reading.texts(value, at)
            case _:
                written[name] = reading.text(value, at)
    return Expected(**written)
