"""Still lifes for the desk."""

from ..drawing import Layer, Picture
from ..paints import Linear
from ..palette import (
    CLAY,
    CREAM,
    GREEN,
    INK,
    LEMON,
    NIGHT,
    OAK,
    OCHRE,
    SLATE,
    STEEL,
    TERRACOTTA,
    WHITE,
    mix,
    shades,
    tone,
)
from ..shapes import (
    Point,
    Points,
    ellipse,
    mirrored,
    moved,
    points,
    ribbon,
    rotated,
    rounded_corners,
    smooth,
)


def cloth_notebook(picture: Picture) -> None:
    cover = [(196, 560), (520, 516), (640, 800), (270, 862)]
    with picture.resting(shift=(18, 16), blur=12) as book:
        book.fill(rounded_corners(moved(cover, 2, 34), 16), tone(GREEN, 0.1))
        pages = [(270, 858), (638, 796), (636, 822), (272, 886)]
        book.fill(moved(pages, -4, -2), Linear((270, 0), (640, 0), [CREAM, tone(CREAM, 0.4)]))
        for shift in (5, 11, 17):
            book.stroke(
                [(272, 858 + shift), (634, 797 + shift)], 1.4, tone(CREAM, 0.1), opacity=0.7
            )
        face = rounded_corners(cover, 16)
        book.fill(
            face,
            Linear((200, 540), (640, 840), shades(GREEN, 0.92, 0.66, 0.48)),
        )
        spine = [(196, 560), (232, 555), (312, 855), (270, 862)]
        book.fill(spine, tone(GREEN, 0.2), opacity=0.55, clip=face)
        label = rounded_corners([(330, 592), (474, 572), (503, 646), (355, 668)], 6)
        book.fill(label, CREAM)
        for i in (0, 1):
            book.stroke(
                [(366 + i * 9, 616 + i * 22), (468 + i * 9, 602 + i * 22)], 2.5, SLATE, opacity=0.8
            )
        band = [(474, 521), (492, 519), (598, 807), (578, 811)]
        book.fill(band, tone(TERRACOTTA, 0.7), clip=face)
        book.fill([(578, 811), (598, 807), (600, 838), (580, 842)], tone(TERRACOTTA, 0.35))
        book.fill(
            moved(points("300,855 316,852 322,930 311,914 302,934"), 30, 14), tone(OCHRE, 0.6)
        )
    with picture.resting(shift=(10, 10), blur=6) as pen:
        pencil(pen, (700, 690), (560, 930), LEMON, 21)


def pencil(layer: Layer, end: Point, tip: Point, colour: str, width: float) -> None:
    """A pencil from its blunt end to its point."""

    def along(share: float) -> Point:
        return end[0] + (tip[0] - end[0]) * share, end[1] + (tip[1] - end[1]) * share

    layer.rod(along(0.84), tip, width, mix(OAK, CREAM, 0.55), 1.5, round_ends=False)
    layer.rod(along(0.955), tip, width * 0.27, INK, 1.5)
    layer.rod(along(0.02), along(0.84), width, colour, round_ends=False)
    layer.rod(along(0), along(0.06), width, CLAY)
    layer.rod(along(0.05), along(0.11), width * 1.04, STEEL, round_ends=False)


def pencil_pot(picture: Picture) -> None:
    with picture.standing(800) as pot:
        pot.opening(370, 580, 122, CLAY)
        upright = [
            ((340, 700), (276, 330), NIGHT),
            ((440, 700), (508, 300), OCHRE),
            ((370, 700), (350, 262), TERRACOTTA),
            ((410, 700), (428, 236), GREEN),
        ]
        for foot, point, colour in upright:
            pencil(pot, foot, point, colour, 30)
        body = points("580,122 590,125 690,128 770,124 800,108")
        pot.vessel(370, body, CLAY, gloss=0.5, front=True)
        pot.vessel(370, [(690, 128), (770, 124), (800, 108)], CREAM, gloss=0.4, front=True)
        pot.lip(370, 580, 119, 7, tone(CLAY, 0.98))
    with picture.resting(shift=(9, 10), blur=6) as pencils:
        pencil(pencils, (720, 770), (508, 868), SLATE, 29)
        pencil(pencils, (300, 890), (540, 924), LEMON, 30)


def desk_lamp(picture: Picture) -> None:
    with picture.flat() as glow:
        beam = [(432, 420), (575, 330), (770, 850), (300, 880)]
        glow.fill(beam, Linear((500, 380), (560, 860), ["#fff3c4d0", "#fff3c410"]), blur=12)
        glow.ellipse(548, 850, 220, 56, "#fff6d8", opacity=0.75, blur=20)
    with picture.standing(805) as lamp:
        lamp.vessel(260, [(766, 40), (772, 108), (786, 122), (805, 124)], OCHRE, gloss=0.5)
        lamp.vessel(260, [(720, 14), (768, 17), (774, 30)], OCHRE, gloss=0.5)
        lamp.rod((260, 728), (196, 490), 17, tone(STEEL, 0.5))
        lamp.rod((196, 490), (446, 308), 17, tone(STEEL, 0.5))
        lamp.ball(260, 722, 20, 20, OCHRE, 0.6)
        lamp.ball(196, 490, 24, 24, OCHRE, 0.6)
        lamp.ball(196, 490, 9, 9, INK, 0.4)
        head(lamp)


def head(lamp: Layer) -> None:
    """The shade is turned upright, then tipped over."""
    centre = (456, 300)

    def tipped(points: Points) -> Points:
        return rotated(points, -31, centre)

    lamp.fill(tipped(ellipse(456, 400, 108, 26)), "#fffbe4")
    lamp.ellipse(*tipped([(456, 404)])[0], 40, 40, "#ffe9a8", opacity=0.9)
    lamp.ellipse(*tipped([(456, 404)])[0], 32, 32, WHITE, blur=3)
    shade = smooth(points("424,250! 488,250! 520,296 564,400!"))
    bell = [
        *shade,
        *reversed(ellipse(456, 400, 108, 22, start=180, end=360)),
        *smooth(points("348,400! 392,296 424,250!")),
    ]
    left, right = tipped([(352, 330), (562, 330)])
    tones = shades(OCHRE, 0.7, 1, 0.85, 0.62, 0.42, 0.24)
    lamp.fill(tipped(bell), Linear(left, right, tones))
    lamp.fill(
        tipped(rounded_corners([(430, 222), (482, 222), (490, 254), (422, 254)], 9)),
        Linear(left, right, tones),
    )
    lamp.fill(
        ribbon(tipped(smooth([(404, 296), (378, 350), (366, 390)])), [3, 9, 4]), WHITE, opacity=0.55
    )


def arch_bookends(picture: Picture) -> None:
    books = [
        (262, 62, 470, TERRACOTTA),
        (324, 44, 520, CREAM),
        (368, 74, 440, NIGHT),
        (442, 38, 500, OCHRE),
    ]
    with picture.standing(800) as row:
        for left, width, top, colour in books:
            book_spine(row, left, top, left + width, colour)
    with picture.standing(806) as leaning:
        tilted = rotated([(486, 470), (532, 470), (532, 800), (486, 800)], 8.5, (532, 800))
        leaning.fill(tilted, Linear(tilted[0], tilted[1], shades(SLATE, 0.7, 0.62, 0.4)))
        for y in (520, 534):
            line = rotated([(487, y), (531, y)], 8.5, (532, 800))
            leaning.stroke(line, 5, CREAM, opacity=0.9)
    with picture.standing(806) as ends:
        arch(ends, 60, 262)
        arch(ends, 552, 754)


def book_spine(layer: Layer, left: float, top: float, right: float, colour: str) -> None:
    tones = shades(colour, 0.5, 0.78, 0.66, 0.5, 0.3)
    layer.fill(
        rounded_corners([(left, top), (right, top), (right, 800), (left, 800)], 6),
        Linear((left, 0), (right, 0), tones),
    )
    trim = INK if colour == CREAM else CREAM
    middle, slim = (left + right) / 2, (right - left) * 0.5
    for y in (top + 44, top + 56, 744):
        layer.stroke([(left + 3, y), (right - 3, y)], 4, trim, opacity=0.75)
    layer.fill(
        rounded_corners(
            [
                (middle - slim / 2, top + 86),
                (middle + slim / 2, top + 86),
                (middle + slim / 2, top + 190),
                (middle - slim / 2, top + 190),
            ],
            5,
        ),
        trim,
        opacity=0.8,
    )


def arch(layer: Layer, left: float, right: float) -> None:
    middle, radius = (left + right) / 2, (right - left) / 2
    side = arch_outline(middle + 22, radius, -8)
    layer.fill(side, tone(CLAY, 0.3))
    front = arch_outline(middle, radius, 0)
    layer.fill(front, Linear((left, 600), (right, 806), shades(CLAY, 0.95, 0.6)))
    door = arch_outline(middle, radius * 0.5, 0)
    layer.fill(door, tone(CLAY, 0.12))
    layer.fill(moved(door, 14, 0), mix(CREAM, CLAY, 0.4), clip=door)


def arch_outline(x: float, radius: float, shift: float) -> Points:
    top = 806 - radius * 1.5 + shift
    bow = ellipse(x, top, radius, radius, start=180, end=360)
    return [*bow, (x + radius, 806 + shift), (x - radius, 806 + shift)]


def paper_scissors(picture: Picture) -> None:
    with picture.hanging() as pair:
        for side in (1, -1):
            blade(pair, side)
        pair.ball(392, 330, 16, 16, OCHRE, 0.8)
        pair.rod((385, 336), (399, 324), 4, tone(OCHRE, 0.1))
    with picture.standing(830) as garland:
        for i in range(5):
            paper_person(garland, 176 + i * 112, i % 2)


def blade(pair: Layer, side: int) -> None:
    """One half: ring on top, point below, pivot at (392, 330); the pair hangs from two nails."""

    def turned(points: Points) -> Points:
        halves = [(392 + (x - 392) * side, y) for x, y in points]
        return rotated(halves, 10 * side, (392, 330))

    steel = smooth(points("374,272! 364,350 388,640! 420,350 408,272!"))
    tones = shades(STEEL, 1, 0.72, 0.35)
    start, end = turned([(366, 400), (416, 400)])[::side]
    pair.fill(turned(steel), Linear(start, end, tones))
    pair.stroke(turned([(388, 620), (376, 360)]), 2, WHITE, opacity=0.8)
    pair.tube(turned([(392, 290), (396, 240), (408, 206)]), [32, 31, 30], NIGHT)
    ring = turned(ellipse(446, 146, 50, 74, 20)[::6])
    pair.tube([*ring[:-1], ring[0]], 26, NIGHT, gloss=0.35)
    x, y = min(ring, key=lambda point: point[1])
    pair.ball(x, y + 14, 15, 15, OCHRE, 0.7)


def paper_person(garland: Layer, x: float, lean: int) -> None:
    """Every other one is folded away from the light."""
    paper = mix(TERRACOTTA, CREAM, 0.1)
    tones = shades(paper, 0.98, 0.74) if lean else shades(paper, 0.62, 0.42)
    half = points("0,700 20,700 56,692 56,716 24,724 40,770 26,830 10,830 8,786 0,778")
    figure = [(x + dx, y + (8 if dx > 50 else 0)) for dx, y in half]
    body = [*figure, *reversed(mirrored(figure, x))]
    garland.fill(body, Linear((x - 56, 700), (x + 56, 740), tones))
    garland.fill(ellipse(x, 676, 25, 29), Linear((x - 25, 650), (x + 25, 700), tones))
