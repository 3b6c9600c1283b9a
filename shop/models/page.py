from typing import Any, NamedTuple

from django.db import models
from django.db.models import QuerySet
from django.urls import reverse
from markdown_it import MarkdownIt

from accounts.questions import question

# What the demo's pages say of themselves; a public shop that still shows it is warned.
SAMPLE = "This is a sample text."

# What a buyer asks about before paying.
ABOUT_DELIVERY = ("delivery", "shipping", "returns")

# Raw HTML stays text, and so do links to scripts: staff write words, not programs.
markdown = MarkdownIt("commonmark", {"html": False})


class Page(models.Model):
    """What a shop has to say of itself: About, Delivery, Returns, Terms.

    Django's flat pages are not used: they hold raw HTML, know no order, and bring the address of
    the site as a row, in a second place.
    """

    title = models.CharField(max_length=60, unique=True)
    slug = models.SlugField("address", max_length=60, unique=True, allow_unicode=True)
    text = models.TextField(
        max_length=50_000,
        help_text="Leave a line empty between paragraphs. ## begins a heading, - an item of a "
        "list, **words** are bold, [words](https://…) is a link.",
    )
    position = models.PositiveSmallIntegerField(
        default=0, help_text="At the foot of each page; the lowest stands first."
    )

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("shop:page", args=[self.slug])

    @property
    def html(self) -> str:
        """The text as safe HTML, its headings one level below the page's title."""
        return markdown.render(self.text)


class PageLink(NamedTuple):
    title: str
    slug: str

    @property
    def get_absolute_url(self) -> str:
        return Page(slug=self.slug).get_absolute_url()

    @property
    def is_about_delivery(self) -> bool:
        """Whether each product's page leads to it."""
        return self.slug in ABOUT_DELIVERY


def links_to_pages() -> tuple[PageLink, ...]:
    return tuple(map(PageLink._make, titles_of_pages()))


@question
def titles_of_pages() -> "QuerySet[Page, Any]":
    return Page.objects.values_list("title", "slug")
