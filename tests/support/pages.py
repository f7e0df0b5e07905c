"""What a browser sees in a page: its forms, ids, headings and text. Reads HTML, knows nothing of this product."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_HIDDEN = frozenset({"script", "style", "template"})
_UNSENT = frozenset({"submit", "button", "image", "reset", "file"})


@dataclass(slots=True)
class Control:
    """One input, text area, select or button."""

    tag: str
    attributes: Mapping[str, str]
    value: str
    text: str = ""

    @property
    def id(self) -> str:
        return self.attributes.get("id", "")

    @property
    def name(self) -> str:
        return self.attributes.get("name", "")

    @property
    def type(self) -> str:
        return self.attributes.get("type", "submit" if self.tag == "button" else "text").lower()

    @property
    def is_button(self) -> bool:
        return self.type in {"submit", "image"} and self.tag in {"button", "input"}

    @property
    def is_sent(self) -> bool:
        """Whether a browser sends it without being clicked (HTML, constructing the entry list)."""
        if not self.name or "disabled" in self.attributes or self.type in _UNSENT:
            return False
        return self.type not in {"checkbox", "radio"} or "checked" in self.attributes


@dataclass(slots=True)
class Form:
    """One form as it stands in the page."""

    attributes: Mapping[str, str]
    controls: list[Control] = field(default_factory=list)

    @property
    def action(self) -> str:
        return self.attributes.get("action", "")

    @property
    def method(self) -> str:
        return self.attributes.get("method", "get").upper()

    def control(self, id_or_name: str) -> Control | None:
        """Return the control of this id, else the first of this name."""
        by_id = [control for control in self.controls if control.id == id_or_name]
        return (by_id + [control for control in self.controls if control.name == id_or_name] + [None])[0]

    @property
    def buttons(self) -> list[Control]:
        return [control for control in self.controls if control.is_button]

    def entries(self, typed: Mapping[str, str], button: Control | None) -> list[tuple[str, str]]:
        """Return what a browser sends when `typed` (by id or name) was filled in and `button` clicked."""
        filled = {}
        for key, value in typed.items():
            control = self.control(key)
            assert control is not None, f"no field {key!r} in the form {[(c.id, c.name) for c in self.controls]}"
            filled[id(control)] = value
        entries = []
        for control in self.controls:
            if id(control) in filled and control.name:
                entries.append((control.name, filled[id(control)]))
            elif control.is_sent or (control is button and control.name):
                entries.append((control.name, control.value))
        return entries


class Document(HTMLParser):
    """One parsed page."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self._texts: list[tuple[tuple[str, ...], str]] = []
        self._open: list[str] = []
        self._open_ids: list[str] = []
        self._inside: list[tuple[tuple[str, ...], str]] = []
        self._form: Form | None = None
        self._control: Control | None = None
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag not in _VOID:
            self._open.append(tag)
            self._open_ids.append(attributes.get("id", ""))
        if tag == "form":
            self._form = Form(attributes)
            self.forms.append(self._form)
        elif tag in {"input", "button", "textarea", "select"}:
            self._add(tag, attributes)
        elif tag == "option" and self._control is not None and "selected" in attributes:
            self._control.value = attributes.get("value", "")

    def _add(self, tag: str, attributes: dict[str, str]) -> None:
        default = "on" if attributes.get("type", "").lower() in {"checkbox", "radio"} else ""
        control = Control(tag, attributes, attributes.get("value", default))
        form = self._form
        if "form" in attributes:
            form = next((form for form in self.forms if form.attributes.get("id") == attributes["form"]), None)
        if form is not None:
            form.controls.append(control)
        if tag != "input":
            self._control = control

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open_ids.pop() is not None and self._open.pop() != tag:
                pass
        if tag == "form":
            self._form = None
        elif self._control is not None and tag == self._control.tag:
            self._control = None

    def handle_data(self, data: str) -> None:
        if self._control is not None and self._open[-1:] != ["option"]:
            self._control.text += data
            if self._control.tag == "textarea":
                self._control.value += data
        if data.strip():
            self._texts.append((tuple(self._open), data))
            self._inside.append((tuple(self._open_ids), data))

    @property
    def ids(self) -> set[str]:
        return {attributes["id"] for _, attributes in self.elements if "id" in attributes}

    @property
    def text(self) -> str:
        """Everything a person can read, in one line."""
        return " ".join(" ".join(text for path, text in self._texts if not _HIDDEN & set(path)).split())

    def text_of(self, tag: str) -> str:
        """Return the text inside all elements of this name, in one line."""
        return " ".join(" ".join(text for path, text in self._texts if tag in path).split())

    def text_in(self, element_id: str) -> str:
        """Return the text inside the element with this id, in one line."""
        assert element_id in self.ids, f"no {element_id!r} among {sorted(self.ids)}"
        return " ".join(" ".join(text for ids, text in self._inside if element_id in ids).split())

    def link(self, element_id: str) -> str:
        """Return where the link with this id goes."""
        return next(found["href"] for tag, found in self.elements if tag == "a" and found.get("id") == element_id)

    def form_with(self, id_or_name: str) -> Form:
        """Return the form that holds this control."""
        found = [form for form in self.forms if form.control(id_or_name) is not None]
        assert found, f"no form with {id_or_name!r} in: {self.text[:300]!r} (ids {sorted(self.ids)})"
        return found[0]
