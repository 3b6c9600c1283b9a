from typing import Any

from django.core.paginator import InvalidPage, Page, Paginator


def page_of(objects: Any, number: str | None, per_page: int) -> Page:
    """The page of that number, or the first one where there is no such page."""
    paginator = Paginator(objects, per_page)
    try:
        return paginator.page(number or 1)
    except InvalidPage:
        return paginator.page(1)
