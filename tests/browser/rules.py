"""What has to be true of a page that is open in the browser, whichever it is."""

from collections.abc import Iterator
from typing import Any, Literal

import html5lib
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Response

ACCESSIBLE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The rules that ask what colour something has: all that another colour scheme can break.
OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# What axe found right, hundreds of kilobytes a page, stays in the browser.
VIOLATIONS = """options => axe.run({ exclude: "%s" }, options).then(found => found.violations)"""
# A question mark that a script of Django's puts beside the search of two lists, with a name that
# nobody hears: the search beside it says the same.
OF_DJANGOS_SCRIPT = ".search-label-icon"
# Where everything is, and whether it is to be seen at all.
LAYOUT = """[...document.querySelectorAll('*')].map(element => {
  const { x, y, width, height } = element.getBoundingClientRect()
  return [x, y, width, height, element.checkVisibility({ visibilityProperty: true })]
}).join(';')"""
PHONE, TABLET, DESKTOP = 320, 768, 1280
USUAL, LARGE = 16, 32  # px: what letters are unless somebody who sees badly makes them larger


class Rules:
    """Holds each page that is open to all of them; the same browser page all the time."""

    def __init__(self, page: Page, of_django: tuple[str, ...] | None = None) -> None:
        """Of pages that are Django's for the most part: what of axe's rules they do not keep."""
        self.page, self.of_django = page, of_django
        self.sent: Response | None = None
        self.letters = page.context.new_cdp_session(page)
        page.on("response", self.note)

    def note(self, response: Response) -> None:
        is_redirect = 300 <= response.status < 400
        if response.request.is_navigation_request() and not is_redirect:
            self.sent = response

    def broken(self) -> Iterator[str]:
        """What is wrong with the page that is open."""
        yield from self.parse_errors()
        self.page.evaluate(AXE_SCRIPT)
        for width in (PHONE, DESKTOP):
            self.show("light")
            yield from self.too_wide(width)
            yield from self.inaccessible(f"{width} px, light", ACCESSIBLE)
            layout = self.page.evaluate(LAYOUT)
            self.show("dark")
            yield from self.inaccessible(f"{width} px, dark", OF_COLOURS)
            # Or the other rules would have to be asked once more.
            if self.page.evaluate(LAYOUT) != layout:
                yield f"{width} px: looks different in the dark not by its colours alone"
        if self.of_django is None:
            yield from self.too_wide(TABLET)
            yield from self.too_wide_with_large_letters()

    def show(self, scheme: Literal["light", "dark"]) -> None:
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    def too_wide_with_large_letters(self) -> Iterator[str]:
        self.set_letters(LARGE)
        for width in (360, DESKTOP):
            for problem in self.too_wide(width):
                yield f"with large letters, {problem}"
        self.set_letters(USUAL)

    def set_letters(self, size: int) -> None:
        self.letters.send("Page.setFontSizes", {"fontSizes": {"standard": size}})

    def too_wide(self, width: int) -> list[str]:
        self.page.set_viewport_size({"width": width, "height": 800})
        needed, given = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        return [f"{width} px: is {needed} px wide"] if needed > given else []

    def inaccessible(self, shown: str, rules: Any) -> Iterator[str]:
        options = {
            "runOnly": rules,
            "rules": {rule: {"enabled": False} for rule in self.of_django or ()},
            # None of these rules needs the style sheets, and axe would copy them into the page,
            # which the shop's policy refuses.
            "preload": False,
            "resultTypes": ["violations"],  # it need not describe what is right
        }
        for violation in self.page.evaluate(VIOLATIONS % OF_DJANGOS_SCRIPT, options):
            for node in violation["nodes"]:
                yield f"{shown}: {violation['id']}, {violation['help']}: {node['html']}"

    def parse_errors(self) -> list[str]:
        assert self.sent
        parser = html5lib.HTMLParser()
        parser.parse(self.sent.text())
        return [f"is no HTML: {error}" for error in parser.errors]
