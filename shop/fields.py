from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.files.base import ContentFile, File
from django.db import models, transaction
from django.db.models.fields.files import FieldFile

from shop.pictures import FORMATS, Picture, Size, render, rendition_names

# A card is 18rem wide, or half a phone; on a dense screen that is less than 600 pixels. A page of
# cards names every candidate two dozen times, so what nobody fetches is left out: the widest, and
# the narrowest, which is for phones of long ago.
WIDEST_ON_A_CARD = 800


class PictureFile(FieldFile):
    """What templates see as `product.image`; its `url` is that of the largest rendition."""

    @property
    def is_stored(self) -> bool:
        """Not yet so for the upload in a form that has to be corrected."""
        return bool(self) and self._committed

    @property
    def renditions(self) -> dict[Size, str]:
        """Names by size, the smallest first."""
        return rendition_names(self.name)

    @property
    def width(self) -> int | None:
        return max(self.renditions)[0] if self.renditions else None

    @property
    def height(self) -> int | None:
        return max(self.renditions)[1] if self.renditions else None

    @property
    def srcset(self) -> str:
        return self.candidates(self.renditions)

    @property
    def card_srcset(self) -> str:
        fitting = [size for size in self.renditions if size[0] <= WIDEST_ON_A_CARD]
        return self.candidates(fitting[1:] or fitting)

    def candidates(self, sizes: Iterable[Size]) -> str:
        names = self.renditions
        return ", ".join(f"{self.storage.url(names[size])} {size[0]}w" for size in sizes)

    @property
    def thumbnail_url(self) -> str:
        return self.storage.url(next(iter(self.renditions.values()), self.name))

    def save(self, name: str | None, content: File, save: bool = True) -> None:
        """Store every rendition, or nothing. The uploaded file and its name are not kept."""
        picture = content if isinstance(content, Picture) else render(content)
        stored = self.field.generate_filename(self.instance, str(picture.name))
        with ExitStack() as undo:
            for size, rendition in rendition_names(stored).items():
                undo.callback(self.storage.delete, rendition)
                self.storage.save(rendition, ContentFile(picture.renditions[size]))
            undo.pop_all()
        setattr(self.instance, self.field.attname, stored)
        self.name, self._committed = stored, True
        if save:
            self.instance.save()

    def delete(self, save: bool = True) -> None:
        for name in self.renditions.values():
            self.storage.delete(name)
        super().delete(save)

    @contextmanager
    def only_with_its_row(self) -> Iterator[None]:
        """Around writing the row: if that fails, what was stored for it is removed again."""
        upload = None if self._committed else self.file
        try:
            yield
        except BaseException:
            if upload and self._committed:
                self.delete(save=False)
                setattr(self.instance, self.field.attname, upload)
            raise


class PictureUpload(forms.FileField):
    def to_python(self, data: Any) -> Picture | None:
        upload = super().to_python(data)
        return render(upload) if upload else None

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        accept = ",".join(f"image/{name.lower()}" for name in FORMATS)
        return super().widget_attrs(widget) | {"accept": accept}


class PictureField(models.FileField):
    """The files of a picture that was replaced, or whose row was deleted, go after the commit."""

    attr_class = PictureFile
    if TYPE_CHECKING:  # django-stubs look past attr_class

        def __get__(self, instance: Any, owner: Any) -> PictureFile: ...  # type: ignore[override]

    def formfield(self, **kwargs: Any) -> Any:
        # The name of the upload is not kept, so it may be as long as it likes.
        return super().formfield(**{"form_class": PictureUpload, "max_length": None, **kwargs})

    def contribute_to_class(self, cls: Any, name: str, **kwargs: Any) -> None:  # type: ignore[override]
        super().contribute_to_class(cls, name, **kwargs)
        models.signals.post_delete.connect(self.after_delete, sender=cls)

    def pre_save(self, model_instance: models.Model, add: bool) -> PictureFile:
        """Needs a transaction around it: the replaced picture is still in the row."""
        model = type(model_instance)
        row = model._base_manager.select_for_update().filter(pk=model_instance.pk)
        before = None if add else row.values_list(self.attname, flat=True).first()
        file = super().pre_save(model_instance, add)
        if before != file.name:
            self.remove_later(model, before)
        return file

    def after_delete(self, sender: type[models.Model], instance: models.Model, **_: Any) -> None:
        self.remove_later(sender, getattr(instance, self.attname).name)

    def remove_later(self, model: type[models.Model], name: str | None) -> None:
        if name:
            # Robust: the change was made, whatever the storage answers then.
            transaction.on_commit(partial(self.remove_unused, model, name), robust=True)

    def remove_unused(self, model: type[models.Model], name: str) -> None:
        if not model._base_manager.filter(**{self.attname: name}).exists():
            for file in rendition_names(name).values() or [name]:
                self.storage.delete(file)
