"""Still lifes for the table."""

from ..drawing import Layer, Picture
from ..paints import Linear
from ..palette import (
    CLAY,
    CREAM,
    GREEN,
    INK,
    LEAF,
    OAK,
    OCHRE,
    SLATE,
    TERRACOTTA,
    WHITE,
    mix,
    shades,
    tone,
)
from ..shapes import dice, ellipse, leaf, moved, points, ribbon, rotated, smooth, tilt
from .food import lemon, pear, steam


def speckled_mug(picture: Picture) -> None:
    random = dice("speckles")
    with picture.standing(805) as mug:
        ear = points("500,580 600,566 640,640 606,726 496,742")
        mug.tube(ear, [40, 38, 36, 36, 44], CREAM)
        body = points("510,160 530,163 640,164 740,160 790,146 805,128")
        wall = mug.vessel(370, body, CREAM, gloss=0.3)
        foot = [(742, 160), (790, 146), (805, 128)]
        mug.vessel(370, foot, mix(OAK, TERRACOTTA, 0.35), front=True, gloss=0)
        for _ in range(150):
            x, y = random.uniform(206, 534), random.uniform(500, 780)
            size = random.uniform(1.5, 4.5)
            mug.ellipse(x, y, size, size * 0.9, tone(OAK, 0.02), opacity=0.75, clip=wall)
        hollow = mug.opening(370, 510, 160, CREAM, wall=10)
        coffee = moved(hollow, 0, 20)
        mug.fill(coffee, Linear((220, 500), (520, 540), ["#5a3520", "#3b2115"]), clip=hollow)
        mug.fill(
            ribbon(ellipse(370, 532, 128, 15, 0, 190, 285), 3.5),
            "#a8744c",
            opacity=0.7,
            clip=hollow,
        )
    steam(picture, 350, 490)


def fruit_bowl(picture: Picture) -> None:
    with picture.standing(800) as bowl:
        bowl.opening(400, 600, 262, SLATE, wall=11)
        for x, y, angle in ((270, 568, -25), (520, 560, 30), (398, 530, 8)):
            lemon(bowl, x, y, angle)
        body = points("600,262 615,261 690,226 748,150 772,108! 798,108 802,105")
        bowl.vessel(400, body, SLATE, gloss=0.6, front=True)
        bowl.lip(400, 600, 257, 9, tone(SLATE, 0.95))
    with picture.resting(shift=(6, 5), blur=4) as sprig:
        sprig.fill(
            leaf((432, 470), (520, 430), 44),
            Linear((432, 440), (520, 460), shades(LEAF, 0.9, 0.35)),
        )
        sprig.stroke(
            smooth([(402, 478), (424, 468), (450, 460), (506, 436)]), [7, 4, 2, 1], tone(LEAF, 0.15)
        )


def carafe_and_glass(picture: Picture) -> None:
    glass, water = "#dbe9e6", "#a9cdd0"
    with picture.standing(790) as carafe:
        shape = points("335,72 350,64 420,48 470,50 560,108 650,140 750,142 790,118")
        level = [(575, 115), (650, 140), (750, 142), (790, 118)]
        carafe.ellipse(320, 335, 72, 72 * tilt(335), tone(glass, 0.6))
        outline = carafe.vessel(320, shape, glass, gloss=0.1, front=True)
        carafe.vessel(320, [(y, r - 7) for y, r in level], water, gloss=0.1)
        carafe.ellipse(320, 575, 108, 108 * tilt(575), tone(water, 0.95))
        carafe.fill(
            outline,
            Linear((178, 0), (462, 0), ["#ffffff55", "#ffffff00", "#ffffff00", "#2d4a5566"]),
        )
        carafe.fill(
            ribbon(smooth([(282, 380), (282, 470), (222, 600), (204, 730)]), [3, 8, 13, 4]),
            WHITE,
            opacity=0.85,
        )
        carafe.stroke(ellipse(320, 335, 70, 70 * tilt(335)), 5, WHITE)
        for x, y, sway in ((300, 130, -10), (352, 176, 12), (262, 214, -30), (394, 246, 26)):
            carafe.stroke(
                smooth([(320 - sway * 1.6, 770 - abs(sway)), (318 + sway * 0.5, 380), (x, y)]),
                [5, 5, 4],
                tone(LEAF, 0.4),
                opacity=0.9,
            )
            daisy(carafe, x, y)
        carafe.fill(leaf((326, 330), (420, 310), 34), tone(LEAF, 0.5))
        carafe.lip(320, 335, 70, 5, WHITE)
    with picture.standing(835) as tumbler:
        tumbler.ellipse(566, 640, 84, 84 * tilt(640), tone(glass, 0.6))
        wall = tumbler.vessel(566, [(640, 84), (820, 72), (835, 66)], glass, gloss=0.1, front=True)
        tumbler.vessel(566, [(710, 74), (816, 66), (828, 60)], water, gloss=0.1)
        tumbler.ellipse(566, 710, 74, 74 * tilt(710), tone(water, 0.95))
        tumbler.fill(
            wall, Linear((482, 0), (650, 0), ["#ffffff55", "#ffffff00", "#ffffff00", "#2d4a5566"])
        )
        tumbler.fill(ribbon([(506, 680), (514, 800)], [9, 5]), WHITE, opacity=0.85)
        tumbler.stroke(ellipse(566, 640, 82, 82 * tilt(640)), 5, WHITE)


def daisy(layer: Layer, x: float, y: float, size: float = 1) -> None:
    for turn in range(0, 360, 36):
        petal = ellipse(x, y, 36 * size, 10 * size, turn)
        layer.fill(petal, mix(WHITE, "#cfd5da", 0.15 + 0.6 * (turn % 72 > 0)))
    layer.ball(x, y, 14 * size, 13 * size, OCHRE, 0.1)


def egg_cups(picture: Picture) -> None:
    with picture.standing(780) as back:
        egg_cup(back, 272, 780)
        bobble_hat(back, 272, 780)
    smiling_egg(picture)


def smiling_egg(picture: Picture) -> None:
    with picture.standing(822) as front:
        egg_cup(front, 522, 822)
    with picture.flat() as face:
        for x in (494, 544):
            face.ellipse(x, 566, 6, 8, INK, opacity=0.8)
        face.stroke(smooth([(504, 592), (519, 602), (534, 592)]), 4.5, INK, opacity=0.8)
        for x in (476, 562):
            face.ellipse(x, 588, 15, 9, TERRACOTTA, opacity=0.25, blur=3)


def egg_cup(layer: Layer, x: float, base: float) -> None:
    layer.ball(x, base - 232, 92, 122, mix(CREAM, CLAY, 0.45), 0.3)
    stem = points("-198,112 -180,112 -120,96 -70,48 -45,36 -22,56 0,88")
    layer.vessel(x, [(base + y, r) for y, r in stem], OAK, gloss=0.2, front=True)
    layer.lip(x, base - 198, 110, 7, tone(OAK, 0.98))


def bobble_hat(layer: Layer, x: float, base: float) -> None:
    dome = points("-386,10 -380,40 -340,80 -290,98 -262,100")
    wool = layer.vessel(x, [(base + y, r) for y, r in dome], TERRACOTTA, gloss=0, front=True)
    for row in range(4):
        y = base - 372 + row * 27
        for step in range(-7, 8):
            left = x + step * 17 + (row % 2) * 8
            stitch = [(left - 7, y), (left, y + 13), (left + 7, y)]
            layer.stroke(stitch, 4.5, tone(TERRACOTTA, 0.95), opacity=0.55, clip=wool)
    brim = layer.vessel(
        x, [(base - 276, 104), (base - 258, 107), (base - 236, 104)], CREAM, gloss=0, front=True
    )
    for step in range(-9, 10):
        rib = x + 107 * step / 9.5
        layer.stroke(
            [(rib, base - 270), (rib, base - 200)], 3.5, tone(CREAM, 0.15), opacity=0.5, clip=brim
        )
    random = dice("bobble")
    layer.ball(x, base - 408, 34, 33, CREAM, 0)
    for _ in range(260):
        (dx, dy) = rotated([(random.uniform(4, 38), 0)], random.uniform(0, 360), (0, 0))[0]
        shade = 0.66 - (dx + dy) / 110 + random.uniform(-0.12, 0.12)
        start, end = (x + dx * 0.8, base - 408 + dy * 0.8), (x + dx * 1.12, base - 408 + dy * 1.12)
        layer.stroke([start, end], 5, tone(CREAM, shade))


def round_teapot(picture: Picture) -> None:
    with picture.standing(800) as pot:
        pot.tube(points("210,590 110,570 86,660 140,740 240,742"), [26, 30, 28, 26, 30], CLAY)
        pot.tube([(540, 720), (620, 690), (648, 600), (690, 548)], [84, 58, 38, 32], CLAY)
        pot.fill(ellipse(695, 543, 20, 9, -35), tone(CLAY, 0.03))
        body = points("528,86 534,96 560,146 630,196 700,198 765,156 786,108! 800,104")
        pot.vessel(385, body, CLAY, gloss=0.6)
        lid = points("486,26 494,62 512,86 526,95 534,95")
        pot.vessel(385, lid, CLAY, gloss=0.5)
        pot.vessel(385, [(529, 96), (534, 96)], tone(CLAY, 0.12), front=True)
        pot.ball(385, 466, 28, 26, TERRACOTTA, 0.5)
    with picture.standing(850) as cup:
        tea_cup(cup, 600, 850)
    with picture.flat() as label:
        label.stroke(smooth([(352, 494), (330, 560), (316, 640)]), 2.5, WHITE)
        label.fill([(298, 640), (334, 644), (330, 690), (294, 686)], WHITE)
        label.fill(leaf((305, 680), (322, 650), 14), GREEN)
    steam(picture, 692, 520)


def tea_cup(layer: Layer, x: float, base: float) -> None:
    hollow = layer.opening(x, base - 92, 86, CREAM, wall=7)
    tea = moved(hollow, 0, 9)
    layer.fill(
        tea, Linear((x - 80, base - 90), (x + 80, base - 70), ["#c77f3a", "#9a5524"]), clip=hollow
    )
    bowl = [(base - 92, 86), (base - 60, 82), (base - 20, 56), (base, 46)]
    layer.vessel(x, bowl, CREAM, gloss=0.4, front=True)
    layer.lip(x, base - 92, 84, 5, WHITE)


def dinner_plates(picture: Picture) -> None:
    glazes = [SLATE, CREAM, CLAY, mix(GREEN, CREAM, 0.25)]
    with picture.standing(800) as stack:
        for i, glaze in enumerate(glazes):
            y = 794 - i * 30
            plate = [(y - 26, 268), (y - 18, 262), (y + 2, 232), (y + 6, 214)]
            stack.vessel(400, plate, glaze, gloss=0.4, front=True)
            rim = shades(glaze, 0.98, 0.85, 0.7)
            stack.ellipse(400, y - 26, 268, 268 * tilt(y), Linear((140, y), (660, y), rim))
        well = ellipse(400, y - 24, 196, 190 * tilt(y))
        stack.fill(well, Linear((200, y), (600, y), shades(glaze, 0.4, 0.85)))
    with picture.standing(690) as fruit:
        pear(fruit, 372, 690)
