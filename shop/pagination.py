from collections.abc import Iterator
from typing import Any, cast

from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from accounts import large_lists
from accounts.large_lists import ListPaginator


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


class LongListPaginator(ListPaginator, ShortPaginator):
    """Of a catalogue: its lists have filters that no index sorts, so it counts in any order."""

    @cached_property
    def counted(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[: large_lists.MOST_LISTED + 1].count()


def page_of(
    objects: Any,
    number: str | None,
    per_page: int,
    paginator_class: type[ShortPaginator] = ShortPaginator,
) -> Page:
    """The page of that number, or the first one where there is no such page."""
    paginator = paginator_class(objects, per_page)
    try:
        return paginator.page(number or 1)
    except InvalidPage:
        return paginator.page(1)
