"""Still lifes for the garden."""

from ..drawing import Layer, Picture
from ..paints import Linear
from ..palette import (
    CREAM,
    GREEN,
    LEAF,
    OAK,
    OCHRE,
    SLATE,
    SOIL,
    STEEL,
    TERRACOTTA,
    WALNUT,
    WHITE,
    mix,
    shades,
    tone,
)
from ..shapes import dice, ellipse, leaf, moved, points, rotated, rounded_corners, smooth, tilt
from .animals import garden_snail, robin


def watering_can(picture: Picture) -> None:
    with picture.standing(800) as can:
        can.tube(points("226,560 120,540 76,620 120,720 212,740"), 25, SLATE, gloss=0.4)
        can.rod((470, 740), (650, 420), 50, SLATE, 26)
        rose(can)
        body = points("530,150 540,152 640,158 786,172 800,168")
        can.vessel(350, body, SLATE, gloss=0.5)
        for y, r in ((556, 154), (752, 170)):
            can.vessel(350, [(y, r), (y + 9, r + 1)], tone(SLATE, 0.15), front=True)
        can.opening(350, 530, 150, SLATE, wall=8)
        lid = [p for p in ellipse(350, 530, 150, 150 * tilt(530)) if p[0] > 352]
        can.fill(lid, Linear((350, 500), (500, 560), shades(SLATE, 0.9, 0.6)))
        arch = points("244,530 252,400 350,350 452,400 462,520")
        can.tube(arch, 24, SLATE, gloss=0.4)
        can.tube([(290, 366), (350, 348), (412, 366)], 32, OAK, gloss=0.2)
    with picture.standing(868) as snail:
        garden_snail(snail)


def rose(can: Layer) -> None:
    centre = (672, 380)
    cone = rotated([(655, 436), (689, 436), (726, 374), (618, 374)], 30, centre)
    can.fill(cone, Linear(cone[3], cone[2], shades(OCHRE, 0.9, 0.7, 0.3)))
    can.fill(
        ellipse(675, 375, 56, 22, 30),
        Linear((630, 350), (720, 400), shades(OCHRE, 1, 0.7)),
    )
    for rx, ry, count in ((36, 13, 9), (17, 6, 5)):
        for i in range(count):
            x, y = ellipse(675, 375, rx, ry, 30)[i * 72 // count]
            can.ellipse(x, y, 3.4, 2.6, tone(OCHRE, 0))


def terracotta_pot(picture: Picture) -> None:
    random = dice("pilea")
    with picture.standing(812) as pot:
        pot.opening(400, 572, 152, TERRACOTTA, wall=12)
        pot.ellipse(400, 584, 134, 26, SOIL)
        stalks = []
        for reach, count, spread in ((330, 5, 58), (235, 6, 76), (130, 5, 74)):
            for i in range(count):
                angle = spread * (2 * i / (count - 1) - 1) + random.uniform(-7, 7)
                length = reach * random.uniform(0.86, 1.06)
                x, y = rotated([(400, 540 - length)], angle, (400, 540))[0]
                stalks.append((length, x, y))
        for length, x, y in sorted(stalks, reverse=True):
            pot.stroke(
                smooth([(400, 582), (400 + (x - 400) * 0.3, 560 + (y - 560) * 0.6), (x, y)]),
                [7, 5, 4],
                tone(mix(LEAF, TERRACOTTA, 0.2), 0.5),
            )
            size = random.uniform(40, 56) if length > 140 else 34
            round_leaf(pot, x, y, size, random.uniform(-35, 35), 0.42 + 0.5 * random.random())
        pot.vessel(400, [(630, 140), (780, 104), (796, 98)], TERRACOTTA, gloss=0.05)
        pot.vessel(400, [(640, 139), (662, 133)], tone(TERRACOTTA, 0.1), front=True)
        pot.vessel(
            400,
            [(572, 152), (582, 155), (636, 150), (644, 146)],
            TERRACOTTA,
            gloss=0.05,
            front=True,
        )
        pot.lip(400, 573, 147, 10, tone(TERRACOTTA, 0.95))
        pot.vessel(400, [(782, 132), (791, 129), (812, 112)], TERRACOTTA, gloss=0.05, front=True)
        pot.lip(400, 783, 130, 7, tone(TERRACOTTA, 0.95))


def round_leaf(layer: Layer, x: float, y: float, size: float, angle: float, shade: float) -> None:
    blade = ellipse(x, y, size, size * 0.82, angle)
    layer.fill(moved(blade, 4, 7), tone(LEAF, 0), opacity=0.3, blur=5)
    colour = mix(LEAF, GREEN, 0.75 - shade * 0.75)
    layer.fill(
        blade,
        Linear(
            (x - size, y - size),
            (x + size, y + size),
            shades(colour, 1, 0.62, 0.35),
        ),
    )
    layer.ellipse(x - 3, y - 2, 4.5, 4, tone(CREAM, 0.75))


def bird_house(picture: Picture) -> None:
    larch = mix(OAK, CREAM, 0.1)
    with picture.standing(800) as house:
        side = [(480, 500), (590, 470), (590, 770), (480, 806)]
        house.fill(side, Linear((480, 0), (590, 0), shades(larch, 0.3, 0.2)))
        front = points("210,500 345,350 480,500 480,806 210,806")
        house.fill(front, Linear((210, 400), (480, 800), shades(larch, 0.98, 0.66)))
        for y in (575, 652, 729):
            house.stroke([(210, y), (480, y)], 3, tone(larch, 0.15), opacity=0.6)
            house.stroke([(480, y), (590, y - 34)], 3, tone(larch, 0), opacity=0.6)
        house.fill(
            [(345, 330), (452, 296), (622, 470), (500, 524)],
            Linear((345, 330), (560, 500), shades(TERRACOTTA, 0.6, 0.4)),
        )
        house.fill([(345, 318), (345, 354), (196, 526), (172, 510)], tone(TERRACOTTA, 0.84))
        house.fill([(345, 318), (345, 354), (486, 528), (512, 514)], tone(TERRACOTTA, 0.7))
        house.fill(
            points("512,514 345,318 354,312 452,290 626,464 622,476"), tone(TERRACOTTA, 0.62)
        )
        house.fill([(512, 514), (626, 464), (622, 480), (502, 530)], tone(TERRACOTTA, 0.3))
        house.ellipse(345, 566, 56, 56, tone(larch, 1))
        door = ellipse(345, 566, 48, 48)
        house.fill(door, SOIL)
        house.ellipse(352, 574, 48, 48, "#2b1d17", clip=door)
        house.rod((345, 668), (345, 668.1), 26, WALNUT)
        house.rod((345, 668), (330, 690), 19, WALNUT)
        robin(house, 470, 240)


def garden_twine(picture: Picture) -> None:
    jute = mix(OAK, CREAM, 0.25)
    with picture.resting(shift=(5, 7), blur=4) as end:
        loose = points("470,720 560,800 520,860 400,880 330,930 470,950 640,900 700,930")
        end.tube(loose, 11, jute, gloss=0)
        for i, (x, y) in enumerate(smooth(loose)):
            if i % 2:
                end.stroke([(x - 3, y + 4), (x + 3, y - 4)], 1.8, tone(jute, 0.05), opacity=0.5)
    with picture.standing(800) as spool:
        spool.vessel(380, [(760, 168), (796, 168)], OAK, gloss=0.15)
        spool.ellipse(380, 760, 168, 168 * tilt(760), tone(OAK, 0.85))
        wound = points("470,96 500,126 600,138 720,128 766,108")
        outline = spool.vessel(380, wound, jute, gloss=0)
        for row in range(-6, 32):
            y = 470 + row * 11
            for lean, shade, width in ((58, 0.08, 3), (-40, 0.98, 2.5)):
                thread = smooth(
                    [
                        (236, y - lean * 0.5),
                        (320, y + 22),
                        (440, y + 26 + lean * 0.3),
                        (524, y + lean),
                    ]
                )
                spool.stroke(thread, width, tone(jute, shade), opacity=0.4, clip=outline)
        spool.vessel(380, [(430, 168), (468, 168)], OAK, gloss=0.15)
        spool.ellipse(
            380,
            430,
            168,
            168 * tilt(430),
            Linear((230, 420), (540, 450), shades(OAK, 1, 0.75)),
        )
        spool.ellipse(380, 430, 40, 40 * tilt(430), tone(OAK, 0.02))
    with picture.resting(shift=(5, 7), blur=4) as tag:
        tag.stroke(smooth([(505, 560), (540, 600), (556, 640)]), 5, tone(jute, 0.4))
        card = rotated(
            rounded_corners(points("520,640 556,616 592,640 592,742 520,742"), 8), -10, (556, 640)
        )
        tag.fill(card, Linear((520, 620), (600, 740), [WHITE, CREAM]))
        tag.ellipse(556, 642, 7, 7, tone(OAK, 0.1))
        tag.fill(leaf((560, 722), (576, 668), 26), tone(LEAF, 0.5))


def hand_trowel(picture: Picture) -> None:
    with picture.placed((64, 18), 0.84), picture.hanging() as trowel:
        trowel.ball(400, 96, 15, 15, OCHRE, 0.7)
        loop = smooth(points("394,176 378,130 400,92 422,130 406,176"))
        trowel.stroke(loop, 7, tone(WALNUT, 0.3))
        for top, bottom, width, end in ((170, 330, 50, 42), (330, 352, 40, 36)):
            trowel.rod(
                (400, top),
                (400, bottom),
                width,
                OAK if top == 170 else STEEL,
                end,
                round_ends=top == 170,
            )
        trowel.rod((400, 350), (400, 450), 19, STEEL, 22)
        blade = smooth(
            points(
                "400,420 452,428 496,450 500,540 474,640 400,706 326,640 300,540 304,450 348,428"
            ),
            closed=True,
        )
        tones = shades(STEEL, 0.5, 0.3, 0.62, 0.95, 1, 0.6)
        trowel.fill(blade, Linear((300, 0), (500, 0), tones))
        trowel.rod((400, 440), (400, 540), 18, STEEL, 4)
    with picture.standing(826) as sprout:
        seedling(sprout, 590, 826)


def seedling(layer: Layer, x: float, base: float) -> None:
    layer.opening(x, base - 100, 64, TERRACOTTA, wall=8)
    layer.ellipse(x, base - 96, 52, 9, SOIL)
    layer.stroke(
        smooth([(x, base - 94), (x + 4, base - 150), (x - 4, base - 196)]),
        [7, 6, 5],
        tone(LEAF, 0.7),
    )
    for tip, shade in (((x - 84, base - 226), 0.9), ((x + 78, base - 240), 0.45)):
        tones = shades(LEAF, shade + 0.1, shade - 0.2)
        layer.fill(leaf((x - 3, base - 192), tip, 46), Linear((x, base - 190), tip, tones))
    layer.vessel(x, [(base - 70, 58), (base, 40)], TERRACOTTA, gloss=0.05)
    layer.vessel(x, [(base - 100, 64), (base - 68, 62)], TERRACOTTA, gloss=0.05, front=True)
    layer.lip(x, base - 100, 61, 5, tone(TERRACOTTA, 0.95))
