"""A page as people read it: what a row says, where a link leads, what is in a field.

`"3" in page.text` is true of almost any page. `read(page).row("Speckled mug")["Quantity"] == "3"`
is true of the one cell that it speaks of.
"""

from collections.abc import Collection
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from django.http import HttpResponse

INLINE = {"a", "b", "em", "i", "span", "small", "strong", "time"}
FIELDS = ("input", "select", "textarea")


def read(page: HttpResponse | str, place: str = "main") -> "Part":
    """The part of the page that is not the same on every page; or another `place` of it."""
    text = page if isinstance(page, str) else page.text
    return Part(html5lib.parse(text, namespaceHTMLElements=False)).part(place)


def told(page: HttpResponse) -> list[str]:
    """What the admin says about what was just done."""
    return read(page, ".messagelist").items


def words(element: Element) -> str:
    """What an element says, in one line; what stands in different blocks is not run together."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: Element) -> list[str]:
    if not isinstance(element.tag, str) or element.tag in ("script", "style"):
        return []
    said = [element.text or "", element.get("alt", "")]
    for child in element:
        said += [*_pieces(child), child.tail or ""]
    return said if element.tag in INLINE else [" ", *said, " "]


class Part:
    """An element and all that is in it. Each question has one answer, or the test fails."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.parents = {child: parent for parent in element.iter() for child in parent}

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.element.iter() if element.tag in tags]

    def part(self, place: str) -> "Part":
        """By tag ("article"), id ("#my-orders") or class (".sums")."""
        found = self.find(place)
        return Part(only(found, place, [words(element) for element in found]))

    def has(self, place: str) -> bool:
        return bool(self.find(place))

    def find(self, place: str) -> list[Element]:
        key = {"#": "id", ".": "class"}.get(place[0])
        return [
            element
            for element in self.element.iter()
            if (place[1:] in element.get(key, "").split() if key else element.tag == place)
        ]

    @property
    def text(self) -> str:
        return words(self.element)

    @property
    def title(self) -> str:
        return words(only(self.all("title"), "title"))

    @property
    def headings(self) -> list[str]:
        return [words(heading) for heading in self.all("h1", "h2", "h3")]

    @property
    def paragraphs(self) -> list[str]:
        return [words(paragraph) for paragraph in self.all("p")]

    @property
    def items(self) -> list[str]:
        """Of lists."""
        return [words(item) for item in self.all("li")]

    @property
    def notices(self) -> list[str]:
        """What is said to people who do not look, too: errors, and what was done."""
        return [words(e) for e in self.element.iter() if e.get("role") in ("alert", "status")]

    # Tables and facts

    @property
    def rows(self) -> list[dict[str, str]]:
        """Of all tables: what each cell says, under the words at the head of its column."""
        rows = []
        for table in self.all("table"):
            heads = [words(head) for head in Part(table).part("thead").all("th", "td")]
            for row in Part(table).part("tbody").all("tr"):
                cells = [words(cell) for cell in row if cell.tag in ("th", "td")]
                rows.append(dict(zip(heads, cells, strict=True)))
        return rows

    def column(self, name: str) -> list[str]:
        """What the cells under this head say, of all tables that have it."""
        return [row[name] for row in self.rows if name in row]

    def row(self, name: str) -> dict[str, str]:
        """The row in which a cell says just this."""
        return only([row for row in self.rows if name in row.values()], name, self.rows)

    @property
    def facts(self) -> dict[str, str]:
        """Of definition lists, and of what the admin shows but lets nobody change."""
        facts = {}
        for fact in self.element.iter():
            children = list(fact)
            if [child.tag for child in children] == ["dt", "dd"]:
                facts[words(children[0])] = words(children[1])
            elif any("readonly" in child.get("class", "").split() for child in children):
                facts[words(children[0]).rstrip(":")] = words(children[1])
        return facts

    # Links, fields and buttons

    @property
    def links(self) -> list[tuple[str, str]]:
        """What each link says, and where it leads."""
        return [
            (link.get("aria-label") or words(link), link.get("href", "")) for link in self.all("a")
        ]

    def link(self, name: str) -> str:
        return only({href for said, href in self.links if said == name}, name, self.links)

    @property
    def targets(self) -> set[str]:
        """Where the links lead."""
        return {href for _, href in self.links}

    @property
    def fields(self) -> dict[str, Any]:
        """What stands in each field that people see, by its label without a colon or a star."""
        by_id = {field.get("id"): field for field in self.all(*FIELDS) if field.get("id")}
        labelled = {
            words(label).rstrip(":*"): value(by_id[label.get("for")])
            for label in self.all("label")
            if label.get("for") in by_id
        }
        named = {name: value(f) for f in self.all(*FIELDS) if (name := f.get("aria-label"))}
        return labelled | named

    def field(self, label: str) -> Any:
        assert label in self.fields, f"no field {label!r} among {sorted(self.fields)}"
        return self.fields[label]

    @property
    def sent(self) -> dict[str, Any]:
        """What the forms send if nobody types anything, hidden fields too."""
        return {
            name: all_values(field) if field.get("multiple") is not None else value(field)
            for field in self.all(*FIELDS)
            if (name := field.get("name"))
            and name != "csrfmiddlewaretoken"
            and field.get("type") != "submit"
            and (field.get("type") not in ("checkbox", "radio") or is_on(field))
        }

    @property
    def buttons(self) -> dict[str, str]:
        """Where each button sends its form, by its words; "" is the page itself."""
        buttons = {}
        for button in self.all("button", "input"):
            if button.tag == "button" or button.get("type") == "submit":
                form = self.form_of(button)
                action = form.get("action", "") if form is not None else ""
                said = button.get("aria-label") or words(button)
                buttons[button.get("value") if button.tag == "input" else said] = (
                    button.get("formaction") or action
                )
        return buttons

    def button(self, name: str) -> str:
        assert name in self.buttons, f"no button {name!r} among {sorted(self.buttons)}"
        return self.buttons[name]

    def form_of(self, element: Element | None) -> Element | None:
        while element is not None and element.tag != "form":
            element = self.parents.get(element)
        return element


def is_on(field: Element) -> bool:
    return field.get("checked") is not None


def all_values(field: Element) -> list[str]:
    """Of a list in which several may be chosen, or of several files."""
    chosen = [option for option in field.iter("option") if option.get("selected") is not None]
    return [option.get("value", "") for option in chosen]


def value(field: Element) -> str:
    if field.tag == "textarea":
        return (field.text or "").removeprefix("\n")
    if field.tag == "select":
        options = list(field.iter("option"))
        chosen = [option for option in options if option.get("selected") is not None]
        return (chosen or options or [Element("option")])[0].get("value", "")
    return field.get("value", "on" if field.get("type") == "checkbox" else "")


def only(found: Collection[Any], name: str, among: object = "") -> Any:
    assert len(found) == 1, f"{len(found)} times {name!r}: {among}"
    (one,) = found
    return one
