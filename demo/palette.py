"""The colours of the pictures, and how they take the light."""

import math
from functools import lru_cache

from PIL import Image, ImageColor

PAPER = "#faf6ef"
INK = "#211d18"
GREEN = "#1f5c43"
TERRACOTTA = "#b4533a"
OCHRE = "#c8963e"
CREAM = "#f3e8d2"
SLATE = "#5f7c8f"
NIGHT = "#33495a"
CLAY = "#d9a08d"
SAGE = "#8fa582"
LEAF = "#4f8059"
OAK = "#c9955c"
WALNUT = "#7d5233"
STEEL = "#aab2b3"
LEMON = "#ecc247"
WHITE = "#fffdf7"
SOIL = "#4a3427"

SUN = "#fff4da"
DUSK = "#2b2440"

# Where the light comes from, seen from the object: left, up, and towards the viewer.
LIGHT = (-0.52, 0.58, 0.63)
SAMPLES = 64

Colour = tuple[int, ...]


@lru_cache(maxsize=4096)
def rgba(colour: str) -> Colour:
    red, green, blue, *alpha = ImageColor.getrgb(colour)
    return (red, green, blue, *(alpha or [255]))


def mix(first: str, second: str, share: float) -> str:
    pairs = zip(rgba(first), rgba(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


@lru_cache(maxsize=4096)
def tone(colour: str, brightness: float) -> str:
    """The colour in shade (0), as it is (0.62) and in full light (1)."""
    brightness = min(max(brightness, 0), 1)
    if brightness < 0.62:
        red, green, blue, _ = rgba(colour)
        deep = f"#{red * 55 // 100:02x}{green * 55 // 100:02x}{blue * 58 // 100:02x}"
        return mix(mix(deep, DUSK, 0.12), colour, brightness / 0.62)
    return mix(colour, mix(colour, SUN, 0.55), (brightness - 0.62) / 0.38)


def shades(colour: str, *brightness: float) -> list[str]:
    return [tone(colour, each) for each in brightness]


def lit(across: float, up: float, gloss: float, colour: str) -> Colour:
    """The colour of a surface whose normal points `across` (-1 to 1, left to right) and `up`."""
    forward = math.sqrt(max(0, 1 - across * across - up * up))
    facing = across * LIGHT[0] + up * LIGHT[1] + forward * LIGHT[2]
    bounce = 0.16 * max(0, across - 0.55) + 0.1 * max(0, -up)
    shaded = tone(colour, round(0.15 + 0.79 * max(0, facing) + bounce, 2))
    half = across * -0.29 + up * 0.32 + forward * 0.9
    shine = gloss * max(0, half) ** 46
    return rgba(mix(shaded, WHITE, shine) if shine > 0.004 else shaded)


@lru_cache(maxsize=4096)
def round_strip(colour: str, up: float, gloss: float) -> Image.Image:
    """One row of pixels around a turned form whose wall leans `up` by that much."""
    strip = Image.new("RGBA", (SAMPLES, 1))
    side = math.sqrt(1 - up * up)
    steps = [2 * (i + 0.5) / SAMPLES - 1 for i in range(SAMPLES)]
    strip.putdata([lit(x * side, up, gloss, colour) for x in steps])
    return strip


@lru_cache(maxsize=256)
def ball_texture(colour: str, gloss: float) -> Image.Image:
    texture = Image.new("RGBA", (SAMPLES, SAMPLES))
    steps = [2 * (i + 0.5) / SAMPLES - 1 for i in range(SAMPLES)]
    texture.putdata([lit(*_on_ball(x, -y), gloss, colour) for y in steps for x in steps])
    return texture


def _on_ball(x: float, y: float) -> tuple[float, float]:
    length = math.hypot(x, y)
    return (x, y) if length <= 1 else (x / length, y / length)
