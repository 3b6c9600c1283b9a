from playwright.sync_api import ConsoleMessage, Page, Request

# What Chromium advises about forms that are Django's own: new users and passwords.
ABOUT_DJANGOS_FORMS = ("Password forms should have", "Autofocus processing was blocked")


class Troubles:
    """What goes wrong behind a page: browsers write errors and refused policies to the console."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.found: list[str] = []
        self.opened: set[str] = set()

    def watch(self, page: Page) -> None:
        page.on("console", self.note_message)
        page.on("pageerror", lambda error: self.found.append(str(error)))
        page.on("request", self.note_request)
        page.on("requestfailed", self.note_failure)

    def note_request(self, request: Request) -> None:
        if request.is_navigation_request():
            self.opened.add(request.url)
        if not request.url.startswith((f"{self.address}/", "data:")):
            self.found.append(f"leaves the site: {request.url}")

    def note_message(self, message: ConsoleMessage) -> None:
        in_the_admin = message.location["url"].startswith(f"{self.address}/admin/")
        if in_the_admin and any(advice in message.text for advice in ABOUT_DJANGOS_FORMS):
            return
        # That a page itself is a 404 is what its test looks at; a missing part of it is a trouble.
        is_status = message.text.startswith("Failed to load resource: the server responded with")
        if not (is_status and message.location["url"] in self.opened):
            self.found.append(f"{message.type}: {message.text} ({message.location['url']})")

    def note_failure(self, request: Request) -> None:
        # A picture still on its way when the next page opens is no trouble.
        if request.failure != "net::ERR_ABORTED":
            self.found.append(f"{request.failure}: {request.url}")
