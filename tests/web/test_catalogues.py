"""Catalogues are complete: every text of every page is said in every language, with the same values in it."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from idp.web.languages import read_catalogues
from tests.support.texts import ROOT, SPEAKERS, SPOKEN, Speaker, read, template, write

CATALOGUES = list(SPOKEN)
TEMPLATES = sorted(
    {path for speaker in SPEAKERS for folder in speaker.folders for path in (ROOT / folder).rglob("*.html")}
)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
ANY_PERCENT = re.compile(r"%(?!\(\w+\)s)")
LETTERS = re.compile(r"[A-Za-z]{2,}")


@cache
def said(speaker: Speaker) -> Catalog:
    """Return everything that templates, Python and the shipped policies say."""
    return template(speaker)


def forms(value: object) -> tuple[str, ...]:
    """Return a text, or its singular and plurals."""
    return tuple(value) if isinstance(value, (tuple, list)) else (str(value or ""),)


def messages(catalogue: Catalog) -> Iterator[Message]:
    """Yield the texts of a catalogue, without its head."""
    return (message for message in catalogue if message.id)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_japanese_is_there(speaker: Speaker) -> None:
    """U1: English and Japanese, at the provider and at the bank."""
    assert [path.stem for path in speaker.files] == ["ja"]
    assert list(read_catalogues(speaker.catalogues)) == ["en", "ja"]


@pytest.mark.parametrize("path", CATALOGUES, ids=named)
def test_catalogue_holds_what_is_said_and_nothing_else(path: Path) -> None:
    """`python -m tests.support.texts` brings the file up to date; a person then translates what is new."""
    ids = {message.id for message in messages(said(SPOKEN[path]))}
    written = {message.id for message in messages(read(path))}
    assert ids - written == set(), "not in the catalogue"
    assert written - ids == set(), "no longer said"


@pytest.mark.parametrize("path", CATALOGUES, ids=named)
def test_catalogue_is_translated(path: Path) -> None:
    """No text is empty, fuzzy or obsolete; each has as many forms as the language has."""
    catalogue = read(path)
    assert not catalogue.obsolete
    for message in messages(catalogue):
        assert all(forms(message.string)), f"{message.id} is not translated"
        assert not message.fuzzy, f"{message.id} is fuzzy"
        if isinstance(message.id, tuple):
            assert len(forms(message.string)) == catalogue.num_plurals


@pytest.mark.parametrize("path", CATALOGUES, ids=named)
def test_catalogue_puts_in_the_same_values(path: Path) -> None:
    """A placeholder that is missing hides something; one that nobody fills would be an error on the page."""
    for message in messages(read(path)):
        wanted = set(PLACEHOLDER.findall(forms(message.id)[-1]))
        for form in forms(message.string):
            assert set(PLACEHOLDER.findall(form)) == wanted, message.id
            assert not (wanted and ANY_PERCENT.search(form)), f"{message.id} holds a bare percent sign"


@pytest.mark.parametrize("path", CATALOGUES, ids=named)
def test_catalogue_is_as_it_would_be_written(path: Path, tmp_path: Path) -> None:
    """A change of one text is a change of its lines alone."""
    catalogue = read(path)
    catalogue.update(said(SPOKEN[path]), no_fuzzy_matching=True)
    write(tmp_path / path.name, catalogue)
    assert (tmp_path / path.name).read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_japanese_ends_its_sentences_as_japanese_does(speaker: Speaker) -> None:
    """A sentence of the source is a sentence, politely, with Japanese punctuation; other texts are not."""
    for message in messages(read(speaker.catalogues / "ja.po")):
        text, source = forms(message.string)[0], forms(message.id)[0]
        assert not re.search(r"[,.!?](\s|$)", PLACEHOLDER.sub("", text)), f"{text}: Latin punctuation"
        if source.endswith("."):
            assert re.search(r"(です|ます|ません|ました|ください|ません|でした)。$", text), text


def test_plural_texts_say_the_number_through_their_form() -> None:
    """English has two forms, Japanese one; the number is in each."""
    catalogues = read_catalogues()
    assert [catalogues["en"].minutes_left(seconds) for seconds in (1, 45, 61)] == [
        "1 second",
        "45 seconds",
        "2 minutes",
    ]
    assert [catalogues["ja"].minutes_left(seconds) for seconds in (1, 45, 61)] == ["1秒", "45秒", "2分"]


@pytest.mark.parametrize("file", TEMPLATES, ids=named)
def test_template_says_nothing_past_the_catalogue(file: Path) -> None:
    """What stands between tags, or in an attribute that is read out, goes through `_`."""
    source = re.sub(
        r"{#.*?#}|{%.*?%}|{{.*?}}|<(script|style)\b.*?</\1>|<!doctype html>", "", file.read_text(), flags=re.S
    )
    between = re.sub(r"<[^>]*>", "\n", source)
    read_out = re.findall(r'\b(?:aria-label|alt|title|placeholder)="([^"]*)"', source)
    assert LETTERS.findall(" ".join([between, *read_out])) == []
