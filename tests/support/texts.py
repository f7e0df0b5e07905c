"""Every text that is said to people, as Babel finds it in templates and in Python, by who says it.

`python -m tests.support.texts` brings the catalogues up to date: what is new is added without a translation, what is no
longer said is dropped. `tests/web/test_catalogues.py` fails until somebody has translated it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from ruamel.yaml import YAML

from idp.demo.bank import speech
from idp.web import languages

ROOT = Path(__file__).parents[2]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [("**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Who has catalogues of their own, and where what they say is written; paths are from the root."""

    catalogues: Path
    folders: tuple[str, ...]
    but: str = "nothing/"
    """The folder below those that is somebody else's."""
    bundles: str = ""
    """The pattern of the policies that name things for people."""

    @property
    def files(self) -> list[Path]:
        """The catalogues."""
        return sorted(self.catalogues.glob("*.po"))


PROVIDER = Speaker(catalogues=languages.FOLDER, folders=("templates", "idp"), but="demo/", bundles="policies/*.yaml")
BANK = Speaker(catalogues=speech.FOLDER, folders=("idp/demo/bank",))
"""The bank is an application, not the provider: it speaks for itself."""
SPEAKERS = (PROVIDER, BANK)
SPOKEN = {path: speaker for speaker in SPEAKERS for path in speaker.files}
"""Each catalogue, and whose it is."""


def said(speaker: Speaker) -> Iterator[tuple[str | tuple[str, ...], str]]:
    """Yield each text, or singular and plural, with the file that says it."""
    for folder in speaker.folders:
        found = extract_from_dir(ROOT / folder, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS)
        for file, _, text, _, _ in found:
            if not file.startswith(speaker.but):
                yield text, f"{folder}/{file}"
    for file in sorted(ROOT.glob(speaker.bundles)) if speaker.bundles else ():
        bundle = YAML(typ="safe").load(file)
        for named in (*bundle.get("actions", {}).values(), *bundle.get("acr", {}).values()):
            yield named["title"], f"policies/{file.name}"


def template(speaker: Speaker) -> Catalog:
    """Return a catalogue of everything that is said, without translations."""
    catalogue = Catalog()
    for text, file in said(speaker):
        catalogue.add(text, locations=[(file, None)])
    return catalogue


def read(path: Path) -> Catalog:
    """Return a catalogue as it is written."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem.replace("-", "_"))


def write(path: Path, catalogue: Catalog) -> None:
    """Write a catalogue as `read` finds it, in order, without dates or anything else that changes by itself."""
    with path.open("wb") as file:
        write_po(file, catalogue, width=100, omit_header=True, sort_by_file=True, ignore_obsolete=True)
    head = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {path.stem}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms.rstrip(";")};\\n"\n\n'
    )
    path.write_text(head + path.read_text(encoding="utf-8").strip() + "\n", encoding="utf-8")


def main() -> None:
    """Bring every catalogue up to date."""
    for path, speaker in SPOKEN.items():
        catalogue = read(path)
        catalogue.update(template(speaker), no_fuzzy_matching=True)
        write(path, catalogue)
        missing = [message.id for message in catalogue if message.id and not all(_forms(message.string))]
        print(
            f"{path.relative_to(ROOT)}: {len(catalogue)} texts, {len(missing)} without translation",
            *missing,
            sep="\n  ",
        )


def _forms(string: object) -> tuple[object, ...]:
    return tuple(string) if isinstance(string, (tuple, list)) else (string,)


if __name__ == "__main__":
    main()
