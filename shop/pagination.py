from collections.abc import Iterator
from typing import Any

from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property


class ShortPage(Page):
    @property
    def shown_numbers(self) -> Iterator[int | str]:
        """The first page, the last, this one and its neighbours; "…" for those between.

        However many pages there are, these are a few: no list or page grows with the shop.
        """
        return self.paginator.get_elided_page_range(self.number, on_each_side=1, on_ends=1)


class ShortPaginator(Paginator):
    def _get_page(self, *args: Any, **kwargs: Any) -> ShortPage:  # Django's hook for a page class
        return ShortPage(*args, **kwargs)


class PaginatorUpTo(ShortPaginator):
    """Pages for the first so many rows: to count them all costs each page of a large shop most."""

    def __init__(self, rows: QuerySet[Any], per_page: int, most: int) -> None:
        super().__init__(rows, per_page)
        self.rows, self.most = rows, most

    @cached_property
    def counted(self) -> int:
        return self.rows.order_by()[: self.most + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self.counted, self.most)

    @property
    def has_more(self) -> bool:
        return self.counted > self.most


def page_of(objects: Any, number: str | None, per_page: int, most: int | None = None) -> Page:
    """The page of that number, or the first one where there is no such page.

    `most`: how many rows have a page, where nobody looks through more of them.
    """
    if most is None:
        paginator: ShortPaginator = ShortPaginator(objects, per_page)
    else:
        paginator = PaginatorUpTo(objects, per_page, most)
    try:
        return paginator.page(number or 1)
    except InvalidPage:
        return paginator.page(1)
