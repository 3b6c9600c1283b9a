"""A small toolkit for still lifes: everything is drawn three times too large, then reduced.

Lengths are in the units of an 800 by 1000 picture, with y pointing down.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .paints import Ball, Flat, Linear, Paint, Turned
from .palette import SUN, mix, rgba, shades, tone
from .shapes import Point, Points, ellipse, moved, ribbon, smooth, tilt

SUPERSAMPLING = 3


class Layer:
    """A transparent sheet that one object is drawn on, so that its outline can cast a shadow."""

    def __init__(self, size: tuple[int, int], shift: Point = (0, 0), scale: float = 1) -> None:
        self.image = Image.new("RGBA", (size[0] * SUPERSAMPLING, size[1] * SUPERSAMPLING))
        self.shift = shift
        self.unit = scale * SUPERSAMPLING

    def pixel(self, point: Point) -> Point:
        x, y = point
        return (
            x * self.unit + self.shift[0] * SUPERSAMPLING,
            y * self.unit + self.shift[1] * SUPERSAMPLING,
        )

    def fill(
        self,
        outline: Points,
        paint: Paint | str,
        *,
        opacity: float = 1,
        blur: float = 0,
        clip: Points | None = None,
    ) -> None:
        pixels = [self.pixel(point) for point in outline]
        box = self._box(pixels, 3 * blur * self.unit)
        if box[0] >= box[2] or box[1] >= box[3]:
            return
        mask = self._mask(pixels, box)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * self.unit))
        if clip is not None:
            mask = ImageChops.multiply(mask, self._mask([self.pixel(p) for p in clip], box))
        if opacity < 1:
            mask = mask.point([round(value * opacity) for value in range(256)])
        patch = (Flat(paint) if isinstance(paint, str) else paint).render(box, self)
        patch.putalpha(ImageChops.multiply(patch.getchannel("A"), mask))
        self.image.alpha_composite(patch, box[:2])

    def stroke(
        self, path: Points, width: float | Sequence[float], paint: Paint | str, **how: Any
    ) -> None:
        self.fill(ribbon(path, width), paint, **how)

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, paint: Paint | str, **how: Any
    ) -> None:
        self.fill(ellipse(x, y, rx, ry), paint, **how)

    def ball(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        colour: str,
        gloss: float = 0.25,
        angle: float = 0,
    ) -> Points:
        outline = ellipse(x, y, rx, ry, angle)
        self.fill(outline, Ball(colour, gloss))
        return outline

    def rod(
        self,
        start: Point,
        end: Point,
        width: float,
        colour: str,
        end_width: float | None = None,
        round_ends: bool = True,
    ) -> Points:
        """A straight round bar, lit across."""
        outline = ribbon(
            [start, end], [width, width if end_width is None else end_width], round_ends
        )
        length = math.dist(start, end)
        across = ((end[1] - start[1]) / length, (start[0] - end[0]) / length)
        if across[0] - across[1] < 0:
            across = (-across[0], -across[1])
        reach = max(width, end_width or 0) / 2
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        lit_side = moved([middle], -across[0] * reach, -across[1] * reach)[0]
        dark_side = moved([middle], across[0] * reach, across[1] * reach)[0]
        tones = shades(colour, 0.62, 0.86, 0.66, 0.44, 0.22, 0.28)
        self.fill(outline, Linear(lit_side, dark_side, tones))
        return outline

    def tube(
        self, path: Points, width: float | Sequence[float], colour: str, gloss: float = 0.3
    ) -> Points:
        """A bent round bar: a handle, a spout, a stem, a tail."""
        ring = path[0] == path[-1]
        curve = smooth(path[:-1], closed=True) if ring else smooth(path)
        curve = [*curve, curve[0]] if ring else curve
        outline = ribbon(curve, width)
        thick = width if isinstance(width, int | float) else max(width)
        slim = [w * 0.62 for w in width] if not isinstance(width, int | float) else width * 0.62
        glint = [w * 0.18 for w in width] if not isinstance(width, int | float) else width * 0.18
        self.fill(outline, tone(colour, 0.24))
        off = -thick * 0.13
        self.stroke(
            moved(curve, off, off), slim, tone(colour, 0.62), blur=thick * 0.1, clip=outline
        )
        off = -thick * 0.2
        self.stroke(
            moved(curve, off, off),
            glint,
            tone(colour, 1),
            opacity=gloss * 2,
            blur=thick * 0.05,
            clip=outline,
        )
        return outline

    def vessel(
        self, x: float, profile: Points, colour: str, *, gloss: float = 0.25, front: bool = False
    ) -> Points:
        """A form of revolution about `x`. The profile runs from the top down: (y, radius).

        With `front` the upper edge bends towards the viewer, as the edge of a glaze does.
        """
        curve = smooth(profile)
        (top, top_radius), (bottom, bottom_radius) = curve[0], curve[-1]
        upper = ellipse(
            x, top, top_radius, top_radius * tilt(top), start=180, end=0 if front else 360
        )
        lower = ellipse(x, bottom, bottom_radius, bottom_radius * tilt(bottom), start=0, end=180)
        right = [(x + radius, y) for y, radius in curve]
        left = [(x - radius, y) for y, radius in reversed(curve)]
        outline = [*upper, *right, *lower, *left]
        self.fill(outline, Turned(x, curve, colour, gloss))
        return outline

    def opening(self, x: float, y: float, radius: float, colour: str, wall: float = 9) -> Points:
        """The rim of a vessel and the hollow behind it; returns the hollow's outline."""
        slant = tilt(y)
        rim = Linear((x - radius, y), (x + radius, y), shades(colour, 0.85, 1, 0.8, 0.62))
        self.ellipse(x, y, radius, radius * slant, rim)
        hollow = ellipse(x, y + wall * 0.12, radius - wall, (radius - wall) * slant - wall * 0.12)
        shade = Linear((x - radius, y), (x + radius, y), shades(colour, 0.02, 0.22, 0.5, 0.66))
        self.fill(hollow, shade)
        return hollow

    def lip(self, x: float, y: float, radius: float, width: float, paint: Paint | str) -> None:
        """The edge of a vessel that is nearest to the viewer."""
        self.stroke(ellipse(x, y, radius, radius * tilt(y), start=0, end=180), width, paint)

    def _box(self, pixels: Points, margin: float) -> tuple[int, int, int, int]:
        xs, ys = zip(*pixels, strict=True)
        return (
            max(0, math.floor(min(xs) - margin)),
            max(0, math.floor(min(ys) - margin)),
            min(self.image.width, math.ceil(max(xs) + margin)),
            min(self.image.height, math.ceil(max(ys) + margin)),
        )

    @staticmethod
    def _mask(pixels: Points, box: tuple[int, int, int, int]) -> Image.Image:
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        ImageDraw.Draw(mask).polygon(moved(pixels, -box[0], -box[1]), fill=255)
        return mask


def shifted(outline: Image.Image, right: int, down: int) -> Image.Image:
    """Pillow alone puts in at the top what leaves at the bottom."""
    shadow = ImageChops.offset(outline, right, down)
    shadow.paste(0, (0, 0, shadow.width, down))
    return shadow


class Picture:
    """A wall, a table and the light of one window; the objects are put in from back to front."""

    def __init__(
        self, tint: str, size: tuple[int, int] = (800, 1000), edge: float = 640, fall: float = -0.2
    ) -> None:
        self.size, self.edge, self.fall = size, edge, fall
        self.shift, self.scale = (0.0, 0.0), 1.0
        self.image = Layer(size).image
        width, height = size
        with self.flat() as wall:
            corners = [(0, 0), (width, 0), (width, height), (0, height)]
            tones = [mix(tint, SUN, 0.55), tint, mix(tint, "#8a7a70", 0.16)]
            wall.fill(corners, Linear((0, 0), (width, edge), tones))
        self.tint = tint

    def sunlight(self, panes: Sequence[Points], opacity: float = 0.5) -> None:
        with self.flat() as light:
            for pane in panes:
                light.fill(pane, mix(SUN, "#ffffff", 0.3), opacity=opacity, blur=5)

    def table(self) -> None:
        width, height = self.size
        top, edge = mix(self.tint, "#fffaf0", 0.62), self.edge
        with self.flat() as board:
            corners = [(0, edge), (width, edge), (width, height), (0, height)]
            tones = [mix(top, "#ffffff", 0.35), top, mix(top, self.tint, 0.7)]
            board.fill(corners, Linear((width * 0.2, edge), (width * 0.8, height), tones))
            line = [(0, edge), (width, edge), (width, edge + 2.5), (0, edge + 2.5)]
            board.fill(line, "#ffffff", opacity=0.7)
            haze = [(0, edge - 26), (width, edge - 26), (width, edge), (0, edge)]
            board.fill(
                haze,
                mix(self.tint, "#5a4638", 0.5),
                opacity=0.16,
                blur=9,
                clip=[(0, 0), (width, 0), (width, edge), (0, edge)],
            )

    @contextmanager
    def placed(self, shift: Point, scale: float) -> Iterator[None]:
        """Draw what follows at another place and size."""
        before = (right, down), outer = self.shift, self.scale
        self.shift = (right + shift[0] * outer, down + shift[1] * outer)
        self.scale = outer * scale
        yield
        self.shift, self.scale = before

    @contextmanager
    def flat(self) -> Iterator[Layer]:
        """Light, steam, the wall: whatever casts no shadow."""
        layer = Layer(self.size, self.shift, self.scale)
        yield layer
        self.image.alpha_composite(layer.image)

    @contextmanager
    def standing(self, base: float) -> Iterator[Layer]:
        """An object that stands on the table at height `base` and throws a shadow."""
        layer = Layer(self.size, self.shift, self.scale)
        yield layer
        foot = base * self.scale + self.shift[1]
        outline = layer.image.getchannel("A").reduce(SUPERSAMPLING)
        # A point h above the foot falls 0.62 h to the right, and to the back if `fall` is negative.
        rise = 1 / self.fall
        back = (1, -0.62 * rise, 0.62 * rise * foot, 0, -rise, foot * (1 + rise))
        cast = outline.transform(self.size, Image.Transform.AFFINE, back)
        self._darken(cast, 9 * self.scale, 0.3, below=self.edge)
        low = outline.copy()
        low.paste(0, (0, 0, self.size[0], round(foot - 16 * self.scale)))
        self._darken(
            shifted(low, round(7 * self.scale), round(5 * self.scale)),
            7 * self.scale,
            0.5,
        )
        self.image.alpha_composite(layer.image)

    @contextmanager
    def resting(
        self, shift: Point = (12, 11), blur: float = 9, depth: float = 0.36
    ) -> Iterator[Layer]:
        """Something that lies on the table or hangs on the wall: its shadow is only moved."""
        layer = Layer(self.size, self.shift, self.scale)
        yield layer
        outline = layer.image.getchannel("A").reduce(SUPERSAMPLING)
        right, down = (round(length * self.scale) for length in shift)
        self._darken(shifted(outline, right, down), blur * self.scale, depth)
        self.image.alpha_composite(layer.image)

    def hanging(self) -> AbstractContextManager[Layer]:
        return self.resting(shift=(22, 26), blur=12, depth=0.26)

    def _darken(self, shadow: Image.Image, blur: float, depth: float, below: float = 0) -> None:
        shadow = shadow.filter(ImageFilter.GaussianBlur(blur))
        shadow = shadow.point([round(value * depth) for value in range(256)])
        shadow.paste(0, (0, 0, self.size[0], round(below)))
        sheet = Image.new("RGBA", self.size, rgba("#4a2f2c"))
        sheet.putalpha(shadow)
        self.image.alpha_composite(sheet.resize(self.image.size, Image.Resampling.BILINEAR))

    def save(self, path: Path, quality: int) -> None:
        picture = self.image.convert("RGB").reduce(SUPERSAMPLING)
        picture.save(path, "WEBP", quality=quality, method=6)
