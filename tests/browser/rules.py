"""What has to be true of a page that is open in the browser, whichever it is."""

from collections.abc import Iterator

import html5lib
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

ACCESSIBLE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
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
        for width in (PHONE, DESKTOP):
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                yield from self.too_wide(width)
                for problem in self.inaccessible():
                    yield f"{width} px, {scheme}: {problem}"
        if self.of_django is None:
            yield from self.too_wide(TABLET)
            yield from self.too_wide_with_large_letters()

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

    def inaccessible(self) -> list[str]:
        options = {
            "runOnly": ACCESSIBLE,
            "rules": {rule: {"enabled": False} for rule in self.of_django or ()},
            # None of these rules needs the style sheets, and axe would copy them into the page,
            # which the shop's policy refuses.
            "preload": False,
        }
        violations = Axe().run(self.page, options=options).response["violations"]
        return [
            f"{violation['id']}, {violation['help']}: {node['html']}"
            for violation in violations
            for node in violation["nodes"]
        ]

    def parse_errors(self) -> list[str]:
        assert self.sent
        parser = html5lib.HTMLParser()
        parser.parse(self.sent.text())
        return [f"is no HTML: {error}" for error in parser.errors]
