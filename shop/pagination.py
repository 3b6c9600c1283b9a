from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol, cast

from django.core.paginator import InvalidPage, Page, Paginator
from django.utils.functional import cached_property

from accounts.large_lists import ListPaginator


class PageLinks(NamedTuple):
    """What the links to the pages of a list depend on."""

    number: int
    last: int
    length: int
    has_more: bool

    @property
    def shown_numbers(self) -> Iterator[int | str]:
        """The first page, the last, this one and its neighbours; "…" for those between.

        However many pages there are, these are a few: no list or page grows with the shop.
        """
        pages = Paginator(range(self.last), 1)
        return pages.get_elided_page_range(self.number, on_each_side=1, on_ends=1)


class LongListPaginator(ListPaginator):
    """Of a catalogue: its list knows itself how far to count."""

    @cached_property
    def counted(self) -> int:
        return int(cast("Counted", self.object_list).count())


class Counted(Protocol):
    def count(self) -> int: ...


def page_of(
    objects: Any,
    number: str | None,
    per_page: int,
    paginator_class: type[Paginator] = Paginator,
) -> Page:
    """The page of that number, or the first one where there is no such page."""
    paginator = paginator_class(objects, per_page)
    try:
        return paginator.page(number or 1)
    except InvalidPage:
        return paginator.page(1)
