"""Still lifes of what is woven and sewn."""

from itertools import pairwise

from ..drawing import Layer, Picture
from ..paints import Ball, Linear
from ..palette import (
    CREAM,
    GREEN,
    NIGHT,
    OAK,
    OCHRE,
    SLATE,
    TERRACOTTA,
    WALNUT,
    WHITE,
    shades,
    tone,
)
from ..shapes import Points, ellipse, moved, points, rotated, rounded, smooth
from .food import biscuits, clean_glass, loaf, steam
from .kitchen import spoon


def wool_blanket(picture: Picture) -> None:
    with picture.standing(806) as pile:
        fold(pile, 700, 806, 120, 684, NIGHT, (CREAM, OCHRE))
        fold(pile, 606, 706, 128, 672, NIGHT, (CREAM, OCHRE))
        fold(pile, 512, 612, 122, 680, NIGHT, (CREAM, OCHRE))
    with picture.standing(520) as frames:
        spectacles(frames)


def fold(
    pile: Layer,
    top: float,
    bottom: float,
    left: float,
    right: float,
    wool: str,
    bands: tuple[str, str],
) -> None:
    """One folded layer: the fold on the left, two edges with their fringe on the right."""
    middle = (top + bottom) / 2
    slab = smooth(
        [
            (left + 30, bottom - 2),
            (left, middle),
            (left + 30, top + 4),
            (left + 200, top - 8),
            (right - 120, top - 4),
            (right, top + 12),
            (right + 4, middle),
            (right, bottom - 8),
            (right - 200, bottom),
            (left + 200, bottom),
        ],
        closed=True,
    )
    pile.fill(slab, Linear((0, top - 10), (0, bottom), shades(wool, 1, 0.7, 0.55, 0.2)))
    stripes = ((430, 18, bands[0]), (462, 30, bands[1]), (508, 18, bands[0]), (250, 14, bands[0]))
    for x, width, colour in stripes:
        path = smooth([(x, top - 14), (x + 6, middle), (x - 4, bottom + 8)])
        tones = shades(colour, 1, 0.7, 0.55, 0.2)
        pile.stroke(path, width, Linear((0, top - 10), (0, bottom), tones), clip=slab)
    crease = smooth(
        [
            (left + 40, middle + 2),
            (left + 260, middle - 5),
            (right - 100, middle + 3),
            (right - 24, middle),
        ]
    )
    pile.stroke(crease, [2, 5, 6, 3], tone(wool, 0), opacity=0.75, clip=slab)
    for y in (middle - 22, bottom - 26):
        for i in range(7):
            start = (right - 6, y - 14 + i * 6)
            end = (right + 44 + (i * 17) % 12, y - 6 + i * 8)
            pile.stroke(
                smooth([start, (right + 24, start[1] - 3), end]),
                [6, 4.5, 3],
                tone(CREAM, 0.95 - 0.1 * (i % 4)),
            )


def spectacles(layer: Layer) -> None:
    for x in (312, 436):
        lens = ellipse(x, 478, 52, 36)
        layer.fill(lens, WHITE, opacity=0.35)
        layer.stroke(lens, 8, tone(WALNUT, 0.35))
    layer.stroke(smooth([(362, 470), (374, 462), (386, 470)]), 8, tone(WALNUT, 0.35))
    for x0, x1 in ((262, 300), (486, 520)):
        layer.stroke(smooth([(x0, 468), (x0 + 22, 448), (x1 + 40, 438)]), 6, tone(WALNUT, 0.25))


def linen_cushion(picture: Picture) -> None:
    shape = smooth(
        points(
            "150,372! 280,394 400,386 520,394 650,372! 634,480 640,590 632,700 654,812! "
            "520,806 400,812 280,806 146,812! 166,700 160,590 166,480 150,372"
        )
    )
    with picture.standing(806) as cushion:
        cushion.fill(shape, Linear((150, 372), (654, 812), shades(OCHRE, 0.9, 0.66, 0.5)))
        cushion.fill(shape, Ball(OCHRE, 0), opacity=0.5)
        for x in (196, 232, 250, 300):
            bow = smooth(
                [(x, 360), (x - 8 + (x - 196) * 0.05, 480), (x - 12, 600), (x - 8, 720), (x, 830)]
            )
            cushion.stroke(bow, 16 if x in (232, 196) else 7, CREAM, opacity=0.8, clip=shape)
        for fold_line in (
            [(400, 590), (330, 540), (262, 520)],
            [(410, 590), (480, 530), (560, 512)],
            [(404, 600), (450, 660), (540, 700)],
            [(398, 600), (350, 670), (280, 690)],
        ):
            cushion.stroke(
                smooth(fold_line), [16, 10, 1], tone(OCHRE, 0.1), opacity=0.35, blur=7, clip=shape
            )
            cushion.stroke(
                moved(smooth(fold_line), -6, -9),
                [12, 8, 1],
                tone(OCHRE, 1),
                opacity=0.6,
                blur=7,
                clip=shape,
            )
        cushion.ellipse(404, 594, 44, 36, tone(OCHRE, 0), opacity=0.45, blur=14)
        cushion.ball(402, 592, 23, 20, TERRACOTTA, 0.3)
        for x, y in ((396, 589), (408, 589), (396, 597), (408, 597)):
            cushion.ellipse(x, y, 2.4, 2.2, tone(TERRACOTTA, 0))
        cushion.stroke([*shape], 5, tone(OCHRE, 0.98), opacity=0.7)
    with picture.flat() as dream:
        for x, y, size in ((560, 330, 26), (604, 272, 36), (660, 196, 48)):
            corners = [(x, y), (x + size, y), (x, y + size), (x + size, y + size)]
            for line in pairwise(corners):
                dream.stroke(line, size * 0.17, tone(SLATE, 0.7))


def peg_rail(picture: Picture) -> None:
    with picture.resting(shift=(8, 14), blur=7, depth=0.3) as rail:
        rail.fill(
            rounded(-20, 92, 820, 142, 4),
            Linear((0, 92), (0, 142), shades(OAK, 1, 0.7, 0.45)),
        )
        for x in (120, 400, 680):
            rail.rod((x, 120), (x - 3, 104), 26, OAK)
            rail.ball(x - 3, 102, 20, 20, OAK, 0.2)


def over_the_peg(picture: Picture) -> None:
    with picture.flat() as peg:
        peg.ball(397, 102, 20, 20, OAK, 0.2)


def tea_towel(picture: Picture) -> None:
    peg_rail(picture)
    cloth = smooth(
        points(
            "376,150! 424,150! 470,240 540,330 556,460 566,612! 520,622 470,606 420,622 "
            "372,608 322,622 276,604 232,614! 242,460 262,330 330,240 376,150"
        )
    )
    with picture.hanging() as towel:
        towel.stroke(ellipse(398, 132, 14, 30), 6, tone(TERRACOTTA, 0.6))
        towel.fill(
            cloth,
            Linear(
                (232, 0),
                (566, 0),
                shades(CREAM, 0.95, 0.7, 0.98, 0.62, 0.95, 0.6, 0.9, 0.45),
            ),
        )
        for y, width, colour in (
            (500, 26, GREEN),
            (536, 8, GREEN),
            (560, 8, GREEN),
            (470, 8, GREEN),
            (380, 8, TERRACOTTA),
            (396, 8, TERRACOTTA),
        ):
            wave = smooth(
                [
                    (210, y - 6),
                    (276, y - 12),
                    (322, y + 6),
                    (372, y - 8),
                    (420, y + 6),
                    (470, y - 10),
                    (520, y + 6),
                    (590, y - 8),
                ]
            )
            tones = shades(colour, 0.9, 0.55, 0.95, 0.5, 0.9, 0.5, 0.85, 0.3)
            towel.stroke(wave, width, Linear((232, 0), (566, 0), tones), clip=cloth)
        folds = [
            [(392, 160), (350, 300), (330, 460), (324, 620)],
            [(404, 160), (404, 320), (424, 480), (420, 620)],
            [(410, 160), (460, 300), (510, 440), (520, 620)],
        ]
        for path in folds:
            towel.stroke(smooth(path), [4, 14, 20], tone(CREAM, 0), opacity=0.3, blur=6, clip=cloth)
    over_the_peg(picture)
    with picture.standing(812) as dry:
        clean_glass(dry, 560, 812)


def kitchen_apron(picture: Picture, size: float = 1) -> None:
    peg_rail(picture)
    cloth = GREEN
    below_the_peg = (397 * (1 - size), 108 * (1 - size))
    with picture.placed(below_the_peg, size), picture.hanging() as apron:
        loop = smooth(points("330,236 352,160 397,108 442,160 464,236"))
        apron.stroke(loop, 15, tone(cloth, 0.35))
        for ties in (
            [(246, 372), (204, 430), (214, 520), (190, 580)],
            [(552, 372), (596, 440), (584, 530), (612, 590)],
        ):
            apron.stroke(smooth(ties), [13, 12, 11], tone(cloth, 0.4))
        body = smooth(
            points(
                "322,226! 397,238 472,226! 486,300 556,368! 570,480 580,612! 490,626 397,618 "
                "300,626 214,612! 226,480 240,368! 310,300 322,226"
            )
        )
        tones = shades(cloth, 0.9, 0.6, 0.8, 0.5, 0.72, 0.45, 0.6, 0.3)
        apron.fill(body, Linear((214, 0), (580, 0), tones))
        for path in ("290,420 280,520 264,626", "500,420 520,520 530,626"):
            apron.stroke(
                smooth(points(path)), [3, 12, 18], tone(cloth, 0), opacity=0.4, blur=6, clip=body
            )
        spoon(apron, (440, 520), (462, 352), OAK, 26, 38)
        pocket = rounded(310, 432, 486, 556, 10)
        apron.fill(moved(pocket, 4, 6), tone(cloth, 0), opacity=0.5, blur=4)
        apron.fill(pocket, Linear((310, 432), (486, 556), shades(cloth, 0.95, 0.6)))
        apron.fill(rounded(310, 432, 486, 452, 6), tone(OCHRE, 0.7))
        apron.stroke([(398, 458), (398, 552)], 3, tone(cloth, 0.05), opacity=0.6)
        for x in (334, 460):
            apron.ball(x, 250, 8, 8, OCHRE, 0.8)
    over_the_peg(picture)
    with picture.resting(shift=(8, 8), blur=5) as recipe:
        biscuits(recipe)


def kitchen_apron_medium(picture: Picture) -> None:
    kitchen_apron(picture, 1.12)


def kitchen_apron_large(picture: Picture) -> None:
    kitchen_apron(picture, 1.24)


def oven_mitt(picture: Picture) -> None:
    peg_rail(picture)
    with picture.hanging() as mitt:

        def waving(points: Points) -> Points:
            return rotated(points, 9, (397, 130))

        mitt.stroke(waving(ellipse(398, 140, 15, 36)), 9, tone(OCHRE, 0.5))
        hand = waving(
            smooth(
                points(
                    "312,236! 482,236! 494,340 508,450 490,560 420,606 340,580 306,480 296,400 "
                    "262,452 216,466 190,430 218,370 270,300 306,270 312,236"
                )
            )
        )
        mitt.fill(hand, Ball(TERRACOTTA, 0))
        for step in range(-9, 12):
            for lean in (1, -1):
                line = [(397 + step * 46 - 300 * lean, 100), (397 + step * 46 + 300 * lean, 700)]
                mitt.stroke(line, 3, tone(TERRACOTTA, 0.05), opacity=0.4, clip=hand)
                mitt.stroke(moved(line, 3, 3), 2, tone(TERRACOTTA, 1), opacity=0.35, clip=hand)
        mitt.stroke(
            waving(smooth([(306, 300), (300, 360), (296, 402)])),
            [2, 8, 4],
            tone(TERRACOTTA, 0),
            opacity=0.5,
            blur=4,
            clip=hand,
        )
        cuff = waving(rounded(298, 172, 496, 250, 14))
        mitt.fill(cuff, Linear((300, 0), (500, 0), shades(CREAM, 0.95, 0.8, 0.7, 0.4)))
        for x in range(314, 490, 22):
            mitt.stroke(waving([(x, 182), (x, 240)]), 7, tone(SLATE, 0.62), opacity=0.85)
    over_the_peg(picture)
    with picture.standing(832) as bread:
        loaf(bread)
    steam(picture, 580, 640)
    with picture.flat() as motion:
        for radius in (70, 108):
            for x, y, start in ((196, 478, 100), (452, 520, 5)):
                arc = ellipse(x, y, radius, radius, start=start, end=start + 58)
                motion.stroke(arc, 7, WHITE, opacity=0.9)
