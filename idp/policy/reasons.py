"""Reasons in the words of whoever writes a policy: by code, then by language.

A rule states a code (`reason`, or that of its `deny`); what people read is here where it is written, and one of our own
safe sentences where it is not. It is plain text of one line, shown as it is written and nothing put into it.
"""

import re
from collections.abc import Mapping

from idp.policy.document import Node
from idp.policy.reading import Reading

MOST_CHARACTERS = 200
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")

Sentences = Mapping[str, str]
"""One reason, by language."""


def read_reasons(reading: Reading, node: Node | None) -> Mapping[str, Sentences]:
    """Return the sentences of each code."""
    return {} if node is None else reading.each(node, "reasons", lambda value, key: _sentences(reading, value, key))


def _sentences(reading: Reading, node: Node, key: str) -> Sentences:
    entries = reading.mapping(node, key)
    if node.shape == "mapping" and not entries:
        reading.refuse(node, "needs a sentence in at least one language, such as {en: …, ja: …}", key)
    for language in entries:
        if not _LANGUAGE.fullmatch(language):
            reading.refuse(node.pairs[language][0], f"{language[:80]!r} is no language such as en or ja", key)
    return {language: _sentence(reading, value, f"{key}.{language}") for language, value in entries.items()}


def _sentence(reading: Reading, node: Node, key: str) -> str:
    text = reading.text(node, key)
    if isinstance(node.scalar, str) and not (text.strip() and text.isprintable() and len(text) <= MOST_CHARACTERS):
        reading.refuse(node, f"must be one line of text, of at most {MOST_CHARACTERS} characters", key)
    return text
