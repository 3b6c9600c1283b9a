"""Lists of the admin that cost the same however many rows there are."""

from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

# Nobody turns more pages than these: filters, days and the search lead to the rest.
MOST_LISTED = 2_000


class ListPaginator(Paginator):
    """Counts no further than anybody looks, in the order of the list, for which there is an index.

    So no page lies deep in the table either: the database would read all rows before it.
    """

    @cached_property
    def counted(self) -> int:
        return cast("QuerySet[Any]", self.object_list)[: MOST_LISTED + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self.counted, MOST_LISTED)

    @property
    def has_more(self) -> bool:
        return self.counted > MOST_LISTED


class LargeListAdmin(admin.ModelAdmin):
    """Nothing on its list counts or sorts the whole table."""

    paginator = ListPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
