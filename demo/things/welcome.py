"""The picture beside the login form: some of the things together, at a window in the morning."""

from ..drawing import Layer, Picture
from ..paints import Linear
from ..palette import CREAM, OCHRE, WHITE, mix, shades
from ..shapes import Points, points, rounded, smooth
from . import desk, home, kitchen, table
from .animals import cat_at_the_window

SIZE = (1200, 1500)
EDGE = 905


def welcome() -> Picture:
    picture = Picture("#efd6b4", SIZE, edge=EDGE, fall=0.34)
    window(picture)
    with picture.placed((750, 56), 0.5):
        home.clock(picture)
    picture.table()
    sunbeams(picture)
    with picture.resting(shift=(14, 10), blur=10) as cat:
        cat_at_the_window(cat, 590, 822)
    with picture.placed((-131, 296), 0.85):
        home.branch_vase(picture)
    with picture.placed((580, 350), 0.8):
        kitchen.enamel_kettle(picture)
    with picture.placed((228, 474), 0.72):
        table.fruit_bowl(picture)
    with picture.placed((-30, 712), 0.44):
        table.smiling_egg(picture)
    with picture.placed((806, 668), 0.5):
        table.speckled_mug(picture)
    with picture.placed((250, 842), 0.62):
        desk.cloth_notebook(picture)
    return picture


def window(picture: Picture) -> None:
    panes = [(left, top, left + 284, top + 352) for top in (70, 454) for left in (96, 412)]
    with picture.resting(shift=(10, 16), blur=12, depth=0.3) as frame:
        frame.fill(rounded(54, 28, 738, 822, 6), mix(WHITE, CREAM, 0.4))
        tones = [WHITE, mix(WHITE, CREAM, 0.5), mix(CREAM, OCHRE, 0.2)]
        frame.fill(rounded(26, 814, 766, 852, 6), Linear((0, 814), (0, 852), tones))
    with picture.flat() as view:
        for left, top, right, bottom in panes:
            pane = rounded(left, top, right, bottom, 3)
            view.fill(pane, Linear((0, 70), (0, 806), ["#aacfdb", "#dbe8dc", "#fdedc4"]))
            landscape(view, pane)
            view.stroke([(left, top + 4), (right, top + 4)], 9, "#8a6f5a", opacity=0.35, clip=pane)
            view.stroke(
                [(left + 4, top), (left + 4, bottom)], 9, "#8a6f5a", opacity=0.35, clip=pane
            )
            third = (right - left) / 3
            glint = [(left, bottom), (left + 2 * third, top), (right, top), (left + third, bottom)]
            view.fill(glint, WHITE, opacity=0.14)


def landscape(view: Layer, pane: Points) -> None:
    view.ellipse(300, 350, 120, 120, "#fff3c8", blur=36, clip=pane)
    view.ellipse(300, 350, 54, 54, "#fffdf0", clip=pane)
    hills = [
        ("#bcd0b6", points("40,590 200,522 360,580 520,512 760,590")),
        ("#9ab896", points("40,640 160,630 330,596 560,660 760,604")),
        ("#7da27c", points("40,724 240,668 460,716 620,680 760,716")),
    ]
    for colour, ridge in hills:
        outline = [*smooth(ridge), (760, 900), (40, 900)]
        tones = shades(colour, 0.85, 0.62)
        view.fill(outline, Linear((0, 512), (0, 790), tones), clip=pane)


def sunbeams(picture: Picture) -> None:
    with picture.flat() as light:
        for left, drift in ((60, 330), (398, 430)):
            beam = [
                (left, EDGE + 4),
                (left + 290, EDGE + 4),
                (left + drift + 400, 1500),
                (left + drift, 1500),
            ]
            light.fill(beam, "#fff1c4", opacity=0.75, blur=9)
