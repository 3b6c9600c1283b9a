"""Those who turn up when something is being drawn."""

from ..drawing import Layer
from ..paints import Ball, Linear
from ..palette import (
    CLAY,
    CREAM,
    INK,
    OCHRE,
    SLATE,
    STEEL,
    TERRACOTTA,
    WALNUT,
    WHITE,
    mix,
    shades,
    tone,
)
from ..shapes import ellipse, leaf, points, rounded_corners, smooth


def ginger_cat(cat: Layer) -> None:
    fur = mix(OCHRE, TERRACOTTA, 0.35)
    tail = points("540,756 622,740 664,660 640,570 668,490 722,490")
    cat.tube(tail, [38, 36, 34, 32, 28, 22], fur, gloss=0.1)
    for x, foot in ((276, 846), (506, 846), (320, 838), (470, 838)):
        cat.rod((x, 770), (x - 3, foot - 8), 34, fur, 27)
        cat.ball(x - 8, foot - 7, 20, 12, mix(fur, CREAM, 0.6), 0)
    cat.ball(400, 748, 165, 64, fur, 0)
    for x in (380, 428, 476):
        cat.stroke(
            smooth([(x, 690), (x + 12, 716), (x + 8, 744)]), [9, 7, 2], tone(fur, 0.1), opacity=0.5
        )
    for ear in ([(128, 668), (132, 612), (174, 640)], [(196, 636), (240, 612), (236, 668)]):
        cat.fill(smooth([ear[0], ear[0], ear[1], ear[1], ear[2], ear[2]]), tone(fur, 0.42))
    cat.ball(184, 690, 66, 58, fur, 0)
    cat.ball(176, 716, 34, 24, mix(fur, CREAM, 0.7), 0)
    for x in (152, 208):
        cat.stroke(smooth([(x - 14, 686), (x, 694), (x + 14, 686)]), 4, INK, opacity=0.85)
    cat.fill([(169, 703), (185, 703), (177, 711)], tone(TERRACOTTA, 0.6))
    for x in (166, 188):
        cat.stroke(
            smooth([(177, 711), (x, 722), (x + (x - 177) * 0.6, 716)]), 2.5, INK, opacity=0.7
        )
    for y in (712, 722):
        for side in (1, -1):
            cat.stroke(
                [(177 + 24 * side, y), (177 + 74 * side, y + (y - 714) * 1.6)],
                1.8,
                WHITE,
                opacity=0.8,
            )


def mouse_looking_up(mouse: Layer) -> None:
    fur = mix(SLATE, CREAM, 0.3)
    mouse.tube([(590, 786), (660, 792), (700, 760), (744, 776)], [12, 9, 6, 4], CLAY, gloss=0)
    mouse.vessel(552, points("684,12 700,38 750,58 786,58 800,42"), fur, gloss=0)
    mouse.ball(534, 680, 42, 36, fur, 0, 28)
    mouse.ball(506, 660, 22, 17, fur, 0, 40)
    mouse.ball(494, 648, 7, 7, TERRACOTTA, 0.4)
    for x, y in ((566, 646), (534, 630)):
        mouse.ball(x, y, 27, 28, fur, 0)
        mouse.ellipse(x - 2, y + 2, 18, 19, CLAY)
    mouse.ball(517, 662, 6, 6.5, INK, 0.9)
    for y in (736, 748):
        mouse.tube([(536, y), (510, y - 4), (500, y - 14)], [16, 13, 10], fur, gloss=0)
    for x in (526, 572):
        mouse.ball(x, 799, 23, 10, CLAY, 0)


def cat_at_the_window(cat: Layer, x: float, base: float) -> None:
    """Seen from behind, with better things to look at."""
    fur = mix(OCHRE, TERRACOTTA, 0.35)
    tail = [
        (x - 40, base - 14),
        (x - 118, base - 2),
        (x - 150, base + 34),
        (x - 138, base + 84),
        (x - 176, base + 96),
    ]
    body = points("-206,40 -190,52 -120,82 -50,100 -12,92 0,70")
    trunk = cat.vessel(x, [(base + y, r) for y, r in body], fur, gloss=0)
    for left, tip, right in ((-60, -52, -8), (8, 52, 60)):
        ear = [(x + left, base - 236), (x + tip, base - 300), (x + right, base - 264)]
        cat.fill(smooth([p for corner in ear for p in (corner, corner)]), tone(fur, 0.5))
    head = cat.ball(x, base - 224, 64, 54, fur, 0)
    for lift in (0, 1, 2):
        y = base - 252 + lift * 17
        stripe = smooth([(x - 15 + lift * 3, y), (x, y + 5), (x + 15 - lift * 3, y)])
        cat.stroke(stripe, [2, 8, 2], tone(fur, 0.12), opacity=0.55, clip=head)
    for step in range(4):
        y, reach = base - 158 + step * 34, 30 + step * 8
        stripe = smooth([(x - reach, y - 10), (x, y + 6), (x + reach, y - 10)])
        cat.stroke(stripe, [2, 11, 2], tone(fur, 0.12), opacity=0.5, clip=trunk)
    cat.tube(tail, [34, 32, 28, 22], fur, gloss=0.1)
    cat.stroke(ellipse(x, base - 182, 46, 14, 0, 10, 170), 11, tone(TERRACOTTA, 0.3), clip=trunk)


def garden_snail(snail: Layer) -> None:
    body = smooth(
        points("540,868! 590,846 640,850 668,812 694,806 706,824 690,858 660,870 600,872 540,868")
    )
    snail.fill(body, Linear((600, 810), (640, 872), shades(OCHRE, 1, 0.6)))
    for x, y in ((682, 776), (712, 780)):
        snail.stroke([(692, 812), (x, y)], [7, 5], tone(OCHRE, 0.8))
        snail.ball(x, y, 8, 8, INK, 0.8)
    snail.stroke(smooth([(688, 834), (696, 838), (702, 832)]), 2.5, INK, opacity=0.7)
    snail.ball(606, 818, 46, 46, TERRACOTTA, 0.4)
    spiral = [ellipse(606, 818, 40 - i * 1.0, 40 - i * 1.0)[(i * 5) % 72] for i in range(38)]
    snail.stroke(smooth(spiral), [5, 4, 3], tone(TERRACOTTA, 0.05), opacity=0.7)


def robin(bird: Layer, x: float, y: float) -> None:
    back = mix(WALNUT, STEEL, 0.25)
    for foot in (x - 14, x + 16):
        bird.stroke([(foot, y + 44), (foot - 4, y + 84)], 5, tone(INK, 0.6))
    tail = [(x + 40, y + 10), (x + 128, y + 34), (x + 122, y + 58), (x + 36, y + 44)]
    bird.fill(rounded_corners(tail, 8), tone(back, 0.35))
    bird.ball(x, y, 76, 64, back, 0)
    bird.ball(x - 36, y - 42, 48, 45, back, 0)
    bird.ball(x - 8, y + 24, 52, 40, CREAM, 0)
    breast = smooth(
        [
            (x - 82, y - 56),
            (x - 50, y - 52),
            (x - 22, y - 30),
            (x - 18, y + 10),
            (x - 44, y + 36),
            (x - 72, y + 10),
            (x - 84, y - 30),
        ],
        closed=True,
    )
    both = smooth(
        [
            (x - 84, y - 44),
            (x - 60, y - 86),
            (x, y - 78),
            (x + 60, y),
            (x, y + 64),
            (x - 62, y + 34),
            (x - 76, y),
        ],
        closed=True,
    )
    bird.fill(breast, Ball(mix(TERRACOTTA, OCHRE, 0.35), 0), clip=both)
    wing = leaf((x - 14, y - 12), (x + 84, y + 26), 58)
    bird.fill(wing, Linear((x, y - 30), (x + 40, y + 40), shades(back, 0.6, 0.2)))
    bird.fill([(x - 82, y - 52), (x - 110, y - 40), (x - 80, y - 34)], tone(OCHRE, 0.5))
    bird.ball(x - 54, y - 52, 8, 8, INK, 0.9)
