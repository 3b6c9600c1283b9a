"""What an outline is filled with. Each paint renders the pixels of one box of a layer."""

import math
from itertools import pairwise
from typing import NamedTuple, Protocol

from PIL import Image

from .palette import Colour, ball_texture, rgba, round_strip, tone
from .shapes import Point, Points, tilt

STOPS = 256
Box = tuple[int, int, int, int]


class Canvas(Protocol):
    unit: float

    def pixel(self, point: Point) -> Point: ...


class Paint(Protocol):
    def render(self, box: Box, layer: Canvas) -> Image.Image: ...


class Flat(NamedTuple):
    colour: str

    def render(self, box: Box, layer: Canvas) -> Image.Image:
        return Image.new("RGBA", _size(box), rgba(self.colour))


class Linear(NamedTuple):
    """Evenly spaced colours from one point to another."""

    start: Point
    end: Point
    colours: list[str]

    def render(self, box: Box, layer: Canvas) -> Image.Image:
        (x0, y0), (x1, y1) = layer.pixel(self.start), layer.pixel(self.end)
        dx, dy = x1 - x0, y1 - y0
        square = dx * dx + dy * dy
        corners = [(x, y) for x in box[::2] for y in box[1::2]]
        shares = [((x - x0) * dx + (y - y0) * dy) / square for x, y in corners]
        first, last = min(shares), max(shares)
        reach = (last - first) or 1
        strip = Image.new("RGBA", (STOPS, 1))
        strip.putdata([self._at(first + reach * (i + 0.5) / STOPS) for i in range(STOPS)])
        a, b = dx / square / reach * STOPS, dy / square / reach * STOPS
        c = (((box[0] - x0) * dx + (box[1] - y0) * dy) / square - first) / reach * STOPS
        return strip.resize((STOPS, 3)).transform(
            _size(box), Image.Transform.AFFINE, (a, b, c * 0.998, 0, 0, 1), Image.Resampling.NEAREST
        )

    def _at(self, share: float) -> Colour:
        position = min(max(share, 0), 1) * (len(self.colours) - 1)
        i = min(int(position), len(self.colours) - 2)
        first, second = rgba(self.colours[i]), rgba(self.colours[i + 1])
        return tuple(
            round(a + (b - a) * (position - i)) for a, b in zip(first, second, strict=True)
        )


class Ball(NamedTuple):
    """A rounded form that fills its outline's box."""

    colour: str
    gloss: float = 0.25

    def render(self, box: Box, layer: Canvas) -> Image.Image:
        return ball_texture(self.colour, self.gloss).resize(_size(box), Image.Resampling.BICUBIC)


class Turned(NamedTuple):
    """The wall of a form of revolution, lit row by row as its profile leans."""

    x: float
    profile: Points
    colour: str
    gloss: float

    def render(self, box: Box, layer: Canvas) -> Image.Image:
        patch = Image.new("RGBA", _size(box), rgba(tone(self.colour, 0.5)))
        (top, top_radius), (bottom, bottom_radius) = self.profile[0], self.profile[-1]
        rows = [(top - top_radius * tilt(top), top_radius), *self.profile]
        rows.append((bottom + bottom_radius * tilt(bottom), bottom_radius))
        for upper, lower in pairwise(rows):
            if lower[0] > upper[0]:
                self._paste_rows(patch, box, layer, (upper, lower))
        return patch

    def _paste_rows(
        self, patch: Image.Image, box: Box, layer: Canvas, rows: tuple[Point, Point]
    ) -> None:
        (y0, r0), (y1, r1) = rows
        slope = (r1 - r0) / (y1 - y0)
        strip = round_strip(self.colour, round(slope / math.hypot(1, slope), 2), self.gloss)
        count = max(1, math.ceil((y1 - y0) / 3)) if slope else 1
        for i in range(count):
            radius = r0 + (r1 - r0) * (i + 0.5) / count
            height = (y1 - y0) / count
            left, upper = layer.pixel((self.x - radius, y0 + height * i))
            right, lower = layer.pixel((self.x + radius, y0 + height * (i + 1)))
            size = (max(1, math.ceil(right - left)), max(1, math.ceil(lower - upper) + 1))
            place = (round(left) - box[0], round(upper) - box[1])
            patch.paste(strip.resize(size, Image.Resampling.BILINEAR), place)


def _size(box: Box) -> tuple[int, int]:
    return (box[2] - box[0], box[3] - box[1])
