"""What the things are used with."""

from ..drawing import Layer, Picture
from ..paints import Ball, Linear
from ..palette import (
    CREAM,
    LEAF,
    LEMON,
    OAK,
    OCHRE,
    TERRACOTTA,
    WALNUT,
    WHITE,
    mix,
    shades,
    tone,
)
from ..shapes import (
    ellipse,
    leaf,
    points,
    smooth,
)


def lemon(layer: Layer, x: float, y: float, angle: float, size: float = 1) -> None:
    layer.ball(x, y, 96 * size, 76 * size, LEMON, 0.35, angle)
    tip = ellipse(x, y, 96 * size, 0.1, angle)[0]
    layer.ball(*tip, 16 * size, 15 * size, LEMON, 0.1)
    soft = ellipse(x, y, 94 * size, 74 * size, angle)
    layer.fill(soft, Ball(LEMON, 0.35), blur=3 * size)


def pear(layer: Layer, x: float, base: float) -> None:
    skin = mix(OCHRE, LEAF, 0.42)
    body = points("-226,8 -222,28 -190,46 -140,58 -70,92 -26,84 0,44")
    outline = layer.vessel(x, [(base + y, r) for y, r in body], skin, gloss=0.35)
    layer.ellipse(x + 40, base - 70, 36, 52, TERRACOTTA, opacity=0.45, blur=14, clip=outline)
    layer.stroke(
        smooth([(x, base - 222), (x + 4, base - 250), (x + 18, base - 276)]),
        [7, 6, 9],
        tone(OAK, 0.1),
    )
    layer.fill(
        leaf((x + 8, base - 252), (x + 100, base - 290), 40),
        Linear((x, base - 290), (x + 90, base - 250), shades(LEAF, 0.9, 0.3)),
    )


def biscuits(layer: Layer) -> None:
    dough = mix(OCHRE, CREAM, 0.35)
    for x, y in ((300, 800), (396, 836), (500, 796)):
        layer.ellipse(x + 2, y + 8, 50, 30, tone(dough, 0.1))
        layer.ball(x, y, 50, 29, dough, 0)
        for dx, dy in ((-20, -6), (6, -12), (22, 4), (-6, 8), (-30, 6)):
            layer.ball(x + dx, y + dy, 7, 5.5, WALNUT, 0.3)


def loaf(layer: Layer) -> None:
    crust = mix(mix(OAK, TERRACOTTA, 0.25), WALNUT, 0.1)
    shape = smooth(
        points("420,770 440,716 520,680 600,676 680,696 722,752 716,812 670,836 480,836 430,818"),
        closed=True,
    )
    layer.fill(shape, Ball(crust, 0.1))
    layer.fill(shape, Linear((560, 676), (560, 836), [f"{tone(OCHRE, 1)[:7]}66", "#00000000"]))
    for x in (488, 556, 624):
        score = smooth(
            [
                (x, 768),
                (x, 768),
                (x + 14, 724),
                (x + 56, 700),
                (x + 56, 700),
                (x + 36, 738),
                (x, 768),
            ]
        )
        layer.fill(score, Linear((x, 700), (x + 40, 768), [CREAM, tone(mix(CREAM, OAK, 0.5), 0.7)]))


def steam(picture: Picture, x: float, y: float) -> None:
    with picture.flat() as air:
        for shift, rise, width in ((0, 250, 30), (34, 190, 22)):
            path = [
                (x + shift, y),
                (x + shift + 22, y - rise * 0.3),
                (x + shift - 14, y - rise * 0.6),
                (x + shift + 26, y - rise),
            ]
            air.stroke(smooth(path), [6, width, width * 0.9, 2], WHITE, opacity=0.75, blur=6)


def clean_glass(layer: Layer, x: float, base: float) -> None:
    glass = "#dbe4e4"
    layer.ellipse(x, base - 180, 76, 14, tone(glass, 0.7))
    shape = layer.vessel(
        x, [(base - 180, 76), (base - 12, 64), (base, 56)], glass, front=True, gloss=0.1
    )
    layer.fill(
        shape,
        Linear((x - 76, 0), (x + 76, 0), ["#ffffff66", "#ffffff00", "#ffffff00", "#2d4a5566"]),
    )
    layer.stroke([(x - 54, base - 150), (x - 46, base - 40)], [9, 5], WHITE, opacity=0.9)
    layer.stroke(ellipse(x, base - 180, 74, 14), 5, WHITE)
    for size, right, up in ((20, 40, 190), (11, 66, 232)):
        star = [
            ellipse(
                x + right,
                base - up,
                size * (1 if i % 2 == 0 else 0.24),
                size * (1 if i % 2 == 0 else 0.24),
            )[i * 9]
            for i in range(8)
        ]
        layer.fill(star, WHITE)
