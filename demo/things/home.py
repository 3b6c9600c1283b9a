"""Still lifes for the home."""

from ..drawing import Layer, Picture
from ..paints import Linear
from ..palette import (
    CREAM,
    GREEN,
    INK,
    LEAF,
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
from ..shapes import Points, dice, ellipse, leaf, moved, points, rotated, smooth, tilt
from .animals import ginger_cat, mouse_looking_up


def branch_vase(picture: Picture) -> None:
    with picture.standing(805) as vase:
        vase.opening(390, 442, 42, TERRACOTTA, wall=8)
        twig = smooth(points("392,480 398,380 430,270 500,160 540,90"))
        side = smooth([(404, 340), (370, 260), (312, 190), (270, 150)])
        for path, widths in ((side, [7, 5, 3]), (twig, [10, 8, 6, 3])):
            vase.stroke(path, widths, tone(WALNUT, 0.4))
            sprout_leaves(vase, path)
        body = points("442,42 460,36 520,42 590,108 660,150 720,148 780,104 805,84")
        vase.vessel(390, body, TERRACOTTA, gloss=0.12, front=True)
        vase.lip(390, 442, 40, 5, tone(TERRACOTTA, 0.98))
    with picture.resting(shift=(7, 7), blur=4) as fallen:
        fallen.fill(
            leaf((560, 862), (652, 838), 42),
            Linear((560, 840), (640, 870), shades(LEAF, 0.9, 0.4)),
        )


def sprout_leaves(layer: Layer, path: Points) -> None:
    count = len(path)
    for i in range(count // 4, count, 6):
        (x, y), (bx, by) = path[i], path[max(i - 4, 0)]
        dx, dy = x - bx, y - by
        length = (dx * dx + dy * dy) ** 0.5 or 1
        dx, dy = dx / length, dy / length
        size = 92 - 42 * i / count
        for turn, shade in ((1, 0.3), (-1, 0.75)):
            tip = (x + (dx * 0.6 - dy * turn) * size, y + (dy * 0.6 + dx * turn) * size)
            tones = shades(LEAF, shade + 0.25, shade - 0.1)
            layer.fill(leaf((x, y), tip, size * 0.46), Linear((x, y), tip, tones))
            layer.stroke([(x, y), tip], [2.5, 0.5], tone(LEAF, 0.1), opacity=0.5)
    layer.fill(leaf(path[-1], (path[-1][0] + 22, path[-1][1] - 54), 24), tone(LEAF, 0.8))


def table_lamp(picture: Picture) -> None:
    with picture.flat() as glow:
        glow.ellipse(400, 380, 330, 330, "#ffe9ae", opacity=0.55, blur=70)
    with picture.standing(805) as lamp:
        base = points("500,26 520,34 560,84 630,132 700,132 770,92 788,84! 805,90")
        lamp.vessel(400, base, GREEN, gloss=0.7)
        lamp.vessel(400, [(470, 15), (506, 17)], OCHRE, gloss=0.9)
        lamp.ellipse(400, 494, 132, 30, "#ffe9ae", opacity=0.3, blur=16)
        shade = [(236, 128), (476, 214)]
        linen = lamp.vessel(400, shade, "#f6e3b8", gloss=0, front=False)
        lamp.fill(linen, Linear((400, 220), (400, 500), ["#fff3cc00", "#fff1c0e0", "#ffe7a080"]))
        lamp.ellipse(400, 400, 120, 100, "#fffbe6", opacity=0.75, blur=40, clip=linen)
        lamp.ellipse(400, 236, 128, 128 * tilt(236), "#fff8dc")
        lamp.ellipse(400, 237, 120, 120 * tilt(236) - 2, "#f0cf86")
        for y, r in ((238, 128), (474, 214)):
            lamp.lip(400, y, r, 6, tone(OCHRE, 0.75))
        lamp.stroke([(478, 506), (478, 580)], 2.5, tone(OCHRE, 0.3))
        lamp.ball(478, 586, 8, 9, OCHRE, 0.8)
    with picture.flat() as pool:
        pool.ellipse(400, 812, 330, 66, "#fff0bd", opacity=0.3, blur=30)


def candlestick(picture: Picture) -> None:
    with picture.flat() as glow:
        glow.ellipse(390, 300, 210, 220, "#ffe6a0", opacity=0.7, blur=60)
    with picture.standing(800) as stick:
        stick.tube(ellipse(598, 752, 52, 44)[::4], 20, OCHRE, gloss=0.5)
        stick.vessel(
            390, [(762, 188), (770, 184), (790, 132), (800, 116)], OCHRE, gloss=0.9, front=True
        )
        dish = stick.opening(390, 762, 188, OCHRE, wall=9)
        stick.ellipse(380, 772, 100, 20, tone(OCHRE, 0.05), opacity=0.35, blur=8, clip=dish)
        stem = points("660,44 672,48 684,34 716,30 744,44 772,72")
        stick.vessel(390, stem, OCHRE, gloss=0.9)
        wax = stick.vessel(390, [(390, 31), (400, 33), (660, 34), (668, 34)], CREAM, gloss=0.2)
        stick.fill(wax, Linear((390, 380), (390, 540), ["#ffe9b0e0", "#ffe9b000"]))
        stick.ellipse(390, 390, 30, 7, mix(CREAM, OCHRE, 0.2))
        drip = smooth(points("408,392! 423,398 424,470 416,486 408,470 406,420 408,392"))
        stick.fill(drip, Linear((404, 0), (426, 0), [WHITE, tone(CREAM, 0.6)]))
        stick.ellipse(390, 664, 44, 44 * tilt(664), tone(OCHRE, 0.9))
        stick.vessel(390, [(640, 34), (664, 34)], CREAM, gloss=0.2, front=True)
        stick.stroke(smooth([(390, 392), (389, 372), (394, 354)]), 5, INK)
    with picture.flat() as fire:
        flame = smooth(points("391,242! 420,312 418,350 392,372 366,350 368,310 391,242"))
        fire.fill(flame, "#ffd063", blur=9, opacity=0.8)
        fire.fill(flame, Linear((391, 250), (391, 372), ["#f3a83a", "#ffcf5a", "#fff3c0"]))
        heart = smooth(points("392,296! 404,336 392,366 380,336 392,296"))
        fire.fill(heart, "#fffdf0", blur=3)


def kitchen_chair(picture: Picture) -> None:
    with picture.standing(850) as cat:
        ginger_cat(cat)
    with picture.standing(872) as chair:
        wood = mix(OAK, CREAM, 0.12)
        for top, foot in (((290, 600), (276, 812)), ((524, 600), (538, 812))):
            chair.rod(top, foot, 22, tone(wood, 0.5), 17)
        posts = [[(284, 610), (282, 480), (262, 190)], [(530, 610), (532, 480), (552, 190)]]
        for x in (336, 383, 430, 477):
            bend = (x - 407) * 0.08
            chair.rod((x - bend, 590), (x + bend, 250), 11, wood)
        for post in posts:
            chair.tube(post, [27, 25, 20], wood, gloss=0.12)
        rail = smooth(
            points(
                "240,196 250,186 330,168 407,162 484,168 564,186 574,196 576,240 566,252 "
                "484,240 407,235 330,240 248,252 238,240"
            ),
            closed=True,
        )
        chair.fill(rail, Linear((260, 180), (290, 262), shades(wood, 1, 0.7, 0.4)))
        woven_seat(chair, wood)
        for top, foot in (((258, 648), (240, 872)), ((556, 648), (574, 872))):
            chair.rod(top, foot, 27, wood, 19)
        chair.rod((252, 748), (562, 748), 13, wood)


def woven_seat(chair: Layer, wood: str) -> None:
    seat = [(276, 588), (538, 588), (578, 652), (236, 652)]
    paper = mix(CREAM, OCHRE, 0.3)
    chair.fill(seat, Linear((260, 588), (560, 652), shades(paper, 0.95, 0.6)))
    centre = (407, 618)
    for share in (0.12, 0.26, 0.4, 0.54, 0.68, 0.82):
        ring = [(x + (centre[0] - x) * share, y + (centre[1] - y) * share) for x, y in seat]
        chair.stroke([*ring, ring[0]], 2, tone(paper, 0.1), opacity=0.5)
    for corner in seat:
        chair.stroke([corner, centre], 2, tone(paper, 0.1), opacity=0.45)
    chair.rod((242, 658), (572, 658), 24, wood)


def wall_clock(picture: Picture) -> None:
    clock(picture)
    with picture.standing(800) as mouse:
        mouse_looking_up(mouse)


def clock(picture: Picture) -> None:
    centre = (400, 318)
    with picture.hanging() as plate:
        rim = ellipse(*centre, 226, 226)
        plate.fill(rim, Linear((240, 160), (560, 480), shades(OAK, 1, 0.7, 0.35)))
        plate.ellipse(
            *centre,
            200,
            200,
            Linear((240, 160), (560, 480), shades(OAK, 0.1, 0.7, 0.95)),
        )
        face = ellipse(*centre, 192, 192)
        plate.fill(face, Linear((260, 170), (540, 470), ["#f2e9d6", "#fffbf0"]))
        plate.stroke(
            moved(ellipse(*centre, 196, 196), 12, 14),
            22,
            tone(OAK, 0.05),
            opacity=0.22,
            blur=7,
            clip=face,
        )
        for hour in range(12):
            long = 34 if hour % 3 == 0 else 18
            mark = [(400, 318 - 172), (400, 318 - 172 + long)]
            plate.stroke(
                rotated(mark, hour * 30, centre), 10 if hour % 3 == 0 else 6, INK, opacity=0.85
            )
    with picture.resting(shift=(6, 8), blur=4) as hands:
        hands.stroke(rotated([(400, 336), (400, 216)], -55, centre), [13, 8], GREEN)
        hands.stroke(rotated([(400, 344), (400, 172)], 60, centre), [11, 6], GREEN)
        hands.stroke(rotated([(400, 366), (400, 168)], 162, centre), 3.5, TERRACOTTA)
        hands.ball(400, 318, 13, 13, TERRACOTTA, 0.4)


def willow_basket(picture: Picture) -> None:
    willow = mix(OAK, WALNUT, 0.25)
    with picture.standing(810) as basket:
        basket.opening(400, 600, 232, willow, wall=12)
        for x, y, r, colour in ((300, 570, 92, TERRACOTTA), (500, 572, 94, CREAM)):
            yarn(basket, x, y, r, colour)
        for x, y in ((296, 372), (352, 346)):
            basket.rod((420, 560), (x, y), 10, STEEL)
            basket.ball(x, y, 15, 15, OCHRE, 0.5)
        yarn(basket, 408, 530, 96, GREEN)
        body = points("600,232 620,236 700,226 780,196 810,176")
        wall = basket.vessel(400, body, willow, gloss=0, front=True)
        weave(basket, wall, willow)
        basket.lip(400, 602, 231, 22, tone(willow, 0.25))
        basket.lip(400, 598, 231, 15, tone(willow, 0.85))
        arch = points("176,622 180,450 250,310 400,250 550,310 620,450 624,622")
        basket.tube(arch, 22, willow, gloss=0.15)
        for left, top in smooth(arch)[2:80:2]:
            turn = [(left - 9, top + 7), (left + 9, top - 7)]
            basket.stroke(turn, 3, tone(willow, 0.1), opacity=0.5)


def weave(basket: Layer, wall: Points, willow: str) -> None:
    for row in range(9):
        y = 622 + row * 21
        radius = 237 - max(0, y - 640) * 0.26
        for step in range(18):
            start = 4 + step * 10 + (row % 2) * 5
            arc = ellipse(400, y, radius, radius * tilt(y), start=start, end=start + 7.5)[::8]
            shade = 0.35 + 0.6 * (start / 180)
            basket.stroke(moved(arc, 1, 5), 15, tone(willow, 0.02), clip=wall, opacity=0.7)
            basket.stroke(arc, 15, tone(willow, shade), clip=wall)


def yarn(layer: Layer, x: float, y: float, radius: float, colour: str) -> None:
    ball = layer.ball(x, y, radius, radius, colour, 0)
    random = dice(colour)
    for angle in (20, 75, 135):
        for step in range(-3, 4):
            lean = angle + random.uniform(-4, 4)
            arc = ellipse(
                x,
                y,
                radius * 1.02,
                radius * abs(0.25 * step) + 2,
                lean,
                180 if step > 0 else 0,
                360 if step > 0 else 180,
            )
            layer.stroke(
                arc[::3], 3, tone(colour, 0.1 if step % 2 else 0.95), opacity=0.3, clip=ball
            )
