"""Addresses that nobody has to think of: made from the name, in whatever script that is."""

from typing import Any, ClassVar

from django.db.models import Model
from django.utils.text import slugify

from accounts.as_shown import AsShownForm

ROOM_FOR_A_NUMBER = 5


class SlugForm(AsShownForm):
    """Fills in the slug where it is left empty."""

    named_by: ClassVar[tuple[str, ...]] = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:  # not for staff who may only look
            self.fields["slug"].required = False
            self.fields["slug"].help_text = "Empty: it is made from the name."

    def clean_slug(self) -> str:
        typed: str = self.cleaned_data["slug"]
        name = " ".join(self.cleaned_data.get(field) or "" for field in self.named_by)
        return typed or free_slug(type(self.instance), name, self.instance.pk)


class TitleSlugForm(SlugForm):
    named_by = ("title",)


def free_slug(model: type[Model], name: str, own: Any = None) -> str:
    """The name as an address, with a number behind it where another row has it already."""
    longest = (model._meta.get_field("slug").max_length or 0) - ROOM_FOR_A_NUMBER  # type: ignore[union-attr]
    first = slugify(name, allow_unicode=True)[:longest].strip("-") or model.__name__.lower()
    others = model._base_manager.exclude(pk=own)
    slug, number = first, 1
    while others.filter(slug=slug).exists():
        number += 1
        slug = f"{first}-{number}"
    return slug
