"""Still lifes for the kitchen."""

import math

from ..drawing import Layer, Picture
from ..paints import Linear
from ..palette import (
    CREAM,
    GREEN,
    INK,
    LEMON,
    OAK,
    OCHRE,
    STEEL,
    TERRACOTTA,
    WALNUT,
    WHITE,
    mix,
    shades,
    tone,
)
from ..shapes import (
    Point,
    dice,
    ellipse,
    moved,
    points,
    ribbon,
    rotated,
    rounded,
    rounded_corners,
    smooth,
    tilt,
)
from .food import steam


def enamel_kettle(picture: Picture) -> None:
    with picture.standing(800) as kettle:
        kettle.tube(points("520,640 580,620 612,560 640,500 668,470"), [74, 58, 42, 34, 34], GREEN)
        kettle.fill(ellipse(671, 467, 22, 9, -38), tone(GREEN, 0.05))
        body = points("505,108 512,150 560,192 640,216 720,214 780,196 800,178")
        kettle.vessel(380, body, GREEN, gloss=0.75)
        kettle.vessel(380, [(796, 181), (808, 178)], tone(GREEN, 0.1), front=True)
        kettle.ellipse(380, 505, 112, 112 * tilt(505), tone(GREEN, 0.95))
        kettle.ellipse(380, 505, 104, 104 * tilt(505) - 1, tone(GREEN, 0.2))
        kettle.vessel(380, [(478, 44), (484, 74), (504, 101)], GREEN, gloss=0.6)
        kettle.vessel(380, [(458, 12), (480, 12)], STEEL)
        kettle.ball(380, 444, 23, 20, OAK)
        arch = points("212,590 212,470 250,350 380,300 510,350 548,470 548,590")
        kettle.tube(arch, 13, STEEL, gloss=0.5)
        kettle.tube(points("278,331 325,307 380,299 435,307 482,331"), [30, 38, 38, 38, 30], OAK)
        for x in (212, 548):
            kettle.ball(x, 588, 13, 13, STEEL, 0.6)
    steam(picture, 690, 440)


def casserole(picture: Picture) -> None:
    with picture.standing(795) as pot:
        for x in (152, 648):
            side = 1 if x > 400 else -1
            pot.tube(
                [
                    (x - 30 * side, 628),
                    (x + 28 * side, 622),
                    (x + 34 * side, 660),
                    (x - 24 * side, 668),
                ],
                27,
                TERRACOTTA,
            )
        body = points("590,246 660,250 730,244 775,224 795,200")
        pot.vessel(400, body, TERRACOTTA, gloss=0.6)
        pot.vessel(400, [(590, 247), (603, 247)], tone(TERRACOTTA, 0.12), front=True)
        lid = points("492,40 497,110 520,190 556,240 584,258! 594,257")
        pot.vessel(400, lid, TERRACOTTA, gloss=0.6)
        pot.vessel(400, [(470, 16), (492, 20), (500, 34)], OCHRE, gloss=0.9)
        pot.vessel(400, [(440, 22), (446, 38), (460, 40), (474, 24)], OCHRE, gloss=0.9)
    steam(picture, 560, 450)


def cooks_tools(picture: Picture) -> None:
    with picture.standing(805) as crock:
        crock.opening(400, 575, 138, CREAM)
        spoon(crock, (330, 640), (262, 330), OAK, 40, 60)
        spatula(crock, (470, 640), (560, 300))
        spoon(crock, (390, 640), (378, 250), WALNUT, 46, 68)
        whisk(crock, (440, 640), (468, 205))
        spoon(crock, (340, 650), (196, 400), mix(OAK, CREAM, 0.35), 38, 52)
        body = points("575,138 590,142 690,146 780,138 805,126")
        crock.vessel(400, body, CREAM, gloss=0.5, front=True)
        glaze = [(575, 138), (590, 142), (660, 146)]
        crock.vessel(400, glaze, GREEN, gloss=0.6, front=True)
        crock.lip(400, 575, 138, 7, tone(GREEN, 0.95))


def spoon(layer: Layer, foot: Point, head: Point, colour: str, rx: float, ry: float) -> None:
    layer.rod(foot, head, 20, colour, 15)
    angle = _lean(foot, head)
    x, y = head
    layer.ball(x, y, rx, ry, colour, 0.1, angle)
    dish = ellipse(x + 2, y - 2, rx * 0.74, ry * 0.78, angle)
    layer.fill(dish, Linear((x - rx, y - ry), (x + rx, y + ry), shades(colour, 0.2, 0.85)))


def spatula(layer: Layer, foot: Point, head: Point) -> None:
    layer.rod(foot, head, 18, OAK, 18)
    x, y = head
    blade = rotated(rounded(x - 40, y - 74, x + 40, y + 60, 16), _lean(foot, head), head)
    layer.fill(blade, Linear((x - 40, y), (x + 40, y), shades(OAK, 0.95, 0.62, 0.4)))
    for shift in (-16, 0, 16):
        slot = rotated(
            rounded(x + shift - 4, y - 48, x + shift + 4, y + 26, 4), _lean(foot, head), head
        )
        layer.fill(slot, tone(OAK, 0.06))


def whisk(layer: Layer, foot: Point, head: Point) -> None:
    x, y = head
    angle = _lean(foot, head)
    layer.rod(foot, (x - 6, y + 118), 20, TERRACOTTA)
    for rx in (52, 34, 14):
        loop = rotated(ellipse(x, y + 40, rx, 92), angle, (x, y + 120))
        layer.stroke(loop, 6, tone(STEEL, 0.35))
        layer.stroke(moved(loop, -1, -1), 3, tone(STEEL, 1))


def _lean(foot: Point, head: Point) -> float:
    return math.degrees(math.atan2(head[0] - foot[0], foot[1] - head[1]))


def pepper_mill(picture: Picture) -> None:
    with picture.standing(805) as mill:
        body = points("470,70 500,66 560,46 610,50 690,84 770,96! 805,96")
        mill.vessel(385, body, WALNUT, gloss=0.45)
        for seam, radius in ((764, 97), (474, 72)):
            mill.vessel(385, [(seam, radius), (seam + 8, radius)], tone(WALNUT, 0.15), front=True)
        head = points("330,20 340,58 380,88 425,80 455,58 470,66")
        mill.vessel(385, head, WALNUT, gloss=0.55)
        mill.vessel(385, [(316, 10), (334, 12)], STEEL, gloss=0.9)
        mill.ball(385, 308, 19, 17, STEEL, 0.9)
    random = dice("pepper")
    with picture.resting(shift=(3, 3), blur=3) as corns:
        for _ in range(16):
            x, y = random.uniform(520, 690), random.uniform(792, 880)
            size, colour = random.uniform(7, 10), mix(INK, WALNUT, random.random() * 0.6)
            corns.ball(x, y, size, size, colour, 0.4)


def chopping_board(picture: Picture, wood: str = OAK) -> None:
    plank = rounded_corners([(250, 205), (552, 205), (572, 790), (228, 790)], 34)
    hole = ellipse(402, 268, 24, 24)
    with picture.standing(792) as board:
        board.fill(moved(plank, 18, 5), tone(wood, 0.2))
        board.fill(
            plank,
            Linear((228, 205), (572, 790), shades(wood, 0.98, 0.74, 0.55)),
        )
        random = dice("oak" if wood == OAK else "walnut")
        for _ in range(15):
            x = random.uniform(240, 560)
            grain = smooth(
                [
                    (x, 200),
                    (x + random.uniform(-8, 8), 400),
                    (x + random.uniform(-14, 14), 600),
                    (x, 800),
                ]
            )
            board.stroke(grain, random.uniform(2, 5), tone(wood, 0.4), opacity=0.35, clip=plank)
        board.fill(hole, tone(wood, 0.1))
        board.fill(moved(hole, 5, 7), picture.tint, clip=hole)
    with picture.standing(838) as lemon:
        lemon.ball(590, 790, 84, 68, LEMON, 0.35, -12)
        lemon.ball(672, 768, 16, 13, LEMON, 0.1, -12)
        lemon.ball(590, 790, 78, 66, LEMON, 0.35, -12)
    with picture.standing(858) as half:
        half.ball(388, 826, 76, 62, LEMON, 0.3)
        half.ellipse(380, 818, 66, 57, mix(LEMON, WHITE, 0.75))
        for turn in range(8):
            wedge = smooth(points("380,818! 366,774 380,766 394,774 380,818"))
            wedge = rotated(moved(wedge, 0, -4), turn * 45 + 10, (380, 818))
            flat = [(x, 818 + (y - 818) * 0.86) for x, y in wedge]
            half.fill(flat, mix(LEMON, WHITE, 0.18))


def chopping_board_walnut(picture: Picture) -> None:
    chopping_board(picture, WALNUT)


def storage_jar(picture: Picture) -> None:
    random = dice("beans")
    with picture.standing(805) as jar:
        glass = points("400,112 440,116 470,150 520,164 780,164 805,148")
        outline = jar.vessel(400, glass, "#cfdcd6", gloss=0)
        filled = smooth(
            points(
                "246,560 330,548 420,566 500,546 554,556! 554,790 520,830 400,842 280,830 246,790!"
            ),
            closed=True,
        )
        jar.fill(filled, tone(TERRACOTTA, 0.12), clip=outline)
        for _ in range(330):
            x, y = random.uniform(246, 554), random.uniform(566, 838)
            colour = random.choice(
                [TERRACOTTA, mix(TERRACOTTA, CREAM, 0.75), WALNUT, mix(TERRACOTTA, CREAM, 0.35)]
            )
            bean = ellipse(x, y, 19, 12, random.uniform(0, 180))
            shade = 0.9 - 0.5 * (x - 246) / 308
            jar.fill(moved(bean, 2, 3), tone(colour, 0.05), clip=outline, opacity=0.5)
            jar.fill(
                bean,
                Linear(
                    (x - 12, y - 12),
                    (x + 12, y + 12),
                    shades(colour, shade + 0.1, shade - 0.3),
                ),
                clip=outline,
            )
        jar.fill(
            outline,
            Linear((236, 0), (564, 0), ["#ffffff66", "#ffffff00", "#ffffff00", "#3d504a55"]),
        )
        jar.fill(
            ribbon(smooth([(268, 520), (262, 600), (264, 780)]), [4, 13, 4]), WHITE, opacity=0.75
        )
        jar.fill(
            ribbon(smooth([(534, 540), (538, 640), (534, 760)]), [3, 6, 3]), WHITE, opacity=0.45
        )
        jar.vessel(400, [(322, 116), (334, 122), (400, 122), (420, 110)], OAK, gloss=0.1)
        jar.ellipse(400, 322, 114, 114 * tilt(322), tone(OAK, 0.9))
        for _ in range(40):
            x, y = random.uniform(290, 510), random.uniform(345, 420)
            jar.ellipse(x, y, 3, 2, tone(OAK, 0.15), opacity=0.6)
