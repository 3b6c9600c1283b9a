"""Product pictures: what staff upload is checked, and made into WebP of a few widths, once.

A stored name ends with the size of the picture, as in `products/3f9a…-1200x1500.webp`. So a row
alone tells the addresses and sizes of all its renditions, without a look into the storage.
"""

import io
import mimetypes
import re
import secrets

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from PIL import Image, ImageCms, ImageOps

WIDTHS = (320, 480, 800, 1200)
FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 10 * 1024**2
MAX_PIXELS = 40_000_000
MAX_SIDE = 16_000  # WebP ends at 16,383
NAME = re.compile(r"(.+)-([1-9]\d*)x([1-9]\d*)\.webp")
SRGB = ImageCms.createProfile("sRGB")

# Python knows it since 3.13, and storages tell browsers what they find there.
mimetypes.add_type("image/webp", ".webp")

Size = tuple[int, int]


class Picture(File):
    """The renditions of an upload, in memory until the row is saved."""

    def __init__(self, renditions: dict[Size, bytes]) -> None:
        width, height = max(renditions)
        super().__init__(None, name=f"{secrets.token_hex(6)}-{width}x{height}.webp")
        self.renditions = renditions


def render(upload: File) -> Picture:
    """Raises ValidationError, in words for the uploader, if it cannot be shown in the shop."""
    if upload.size > MAX_BYTES:
        actual, limit = filesizeformat(upload.size), filesizeformat(MAX_BYTES)
        raise ValidationError(f"The file has {actual}. Make it smaller: {limit} is the limit.")
    image = decode(upload)
    profile = image.info.get("icc_profile")
    largest = largest_size(*image.size)
    image = in_srgb(image.resize(largest, Image.Resampling.LANCZOS), profile)
    renditions = {}
    for size in reversed(rendition_sizes(*largest)):
        image = image.resize(size, Image.Resampling.LANCZOS)
        file = io.BytesIO()
        # Without Exif and all else that came with the pixels; method 2 is quick, and 5 % larger.
        image.save(file, "WEBP", method=2)
        renditions[size] = file.getvalue()
    return Picture(renditions)


def decode(upload: File) -> Image.Image:
    """The picture the right way up. One that is too large is refused before its pixels are read."""
    try:
        image: Image.Image = Image.open(upload, formats=FORMATS)
        if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
            raise Image.DecompressionBombError
        image.draft(None, (WIDTHS[-1], WIDTHS[-1]))  # reads a large JPEG at half its size or less
        ImageOps.exif_transpose(image, in_place=True)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(
            f"The picture has too many pixels. Make it smaller: {MAX_PIXELS // 10**6} megapixels "
            f"and {MAX_SIDE:,} pixels a side are the limits."
        ) from error
    except Exception as error:  # Pillow raises whatever its parsers stumble over
        raise ValidationError(
            "The file is not a JPEG, PNG or WebP picture, or a part of it is missing. "
            "Save the picture again in one of these formats."
        ) from error
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode == "I;16":  # 16 bits of grey, of which converting alone leaves white
        image = image.point(lambda value: value / 256)
    return image if image.mode in ("RGB", "L", "CMYK") else image.convert("RGB")


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Without this, the colours of a telephone's picture turn pale once its profile is gone."""
    if not profile:
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        return ImageCms.profileToProfile(image, io.BytesIO(profile), SRGB, outputMode=mode) or image
    except ImageCms.PyCMSError:
        return image  # the profile is broken, or made for another kind of picture


def largest_size(width: int, height: int) -> Size:
    """Of what is kept of an upload of this size; nothing is enlarged."""
    return scaled(width, height, min(width, WIDTHS[-1]))


def rendition_sizes(width: int, height: int) -> list[Size]:
    """All the sizes of a picture whose largest rendition has this one, the largest last.

    That size stands in the stored name. Worked out from the upload's, which nobody keeps, the
    smaller ones would now and then round to another height, under which nobody finds them.
    """
    smaller = [scaled(width, height, w) for w in WIDTHS if w < width]
    return [*smaller, (width, height)]


def scaled(width: int, height: int, new_width: int) -> Size:
    return new_width, max(1, round(height * new_width / width))


def rendition_names(name: str | None) -> dict[Size, str]:
    """By size, the largest last; nothing for a name that was not given by this module."""
    match = NAME.fullmatch(name or "")
    if not match:
        return {}
    stem, width, height = match.groups()
    sizes = rendition_sizes(int(width), int(height))
    return {(w, h): f"{stem}-{w}x{h}.webp" for w, h in sizes}
