"""Outlines and paths, as lists of points."""

import math
from collections.abc import Sequence
from random import Random

Point = tuple[float, float]
Points = Sequence[Point]


def points(text: str) -> list[Point]:
    """Points written as "x,y x,y"; a `!` behind one makes it a corner of a smooth curve."""
    found = []
    for word in text.split():
        x, y = word.rstrip("!").split(",")
        found += [(float(x), float(y))] * (2 if word.endswith("!") else 1)
    return found


def dice(seed: str) -> Random:
    """Chance that falls the same way in every run."""
    return Random(seed)  # noqa: S311


def tilt(y: float) -> float:
    """How far a level circle at height y opens: we look down on the table, not on the wall."""
    return min(max(0.05 + 0.2 * (y - 150) / 650, 0.055), 0.3)


def ellipse(
    x: float, y: float, rx: float, ry: float, angle: float = 0, start: float = 0, end: float = 360
) -> list[Point]:
    turns = [math.radians(start + (end - start) * i / 72) for i in range(73)]
    points = [(x + rx * math.cos(t), y + ry * math.sin(t)) for t in turns]
    return rotated(points, angle, (x, y)) if angle else points


def rotated(points: Points, angle: float, centre: Point) -> list[Point]:
    """Turned clockwise, in degrees."""
    sin, cos = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    cx, cy = centre
    return [
        (cx + (x - cx) * cos - (y - cy) * sin, cy + (x - cx) * sin + (y - cy) * cos)
        for x, y in points
    ]


def moved(points: Points, right: float, down: float) -> list[Point]:
    return [(x + right, y + down) for x, y in points]


def mirrored(points: Points, x: float) -> list[Point]:
    return [(2 * x - px, py) for px, py in points]


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> list[Point]:
    return rounded_corners([(left, top), (right, top), (right, bottom), (left, bottom)], radius)


def rounded_corners(corners: Points, radius: float) -> list[Point]:
    """The polygon with each corner bent over the length `radius`."""
    outline = []
    for i, corner in enumerate(corners):
        before, after = corners[i - 1], corners[(i + 1) % len(corners)]
        start = _towards(corner, before, radius)
        end = _towards(corner, after, radius)
        outline += [_bezier(start, corner, end, t / 8) for t in range(9)]
    return outline


def smooth(points: Points, closed: bool = False, steps: int = 14) -> list[Point]:
    """A curve through the points (Catmull-Rom); points given twice are corners."""
    if len(points) < 3:
        return list(points)
    ring = list(points)
    around = [ring[-1], *ring, ring[0], ring[1]] if closed else [ring[0], *ring, ring[-1]]
    curve = []
    for a, b, c, d in zip(around, around[1:], around[2:], around[3:], strict=False):
        if b != c:
            curve += [_catmull_rom(a, b, c, d, i / steps) for i in range(steps)]
    return curve if closed else [*curve, ring[-1]]


def ribbon(path: Points, width: float | Sequence[float], round_ends: bool = True) -> list[Point]:
    """The outline of a path drawn with a round pen, whose width may change along the way.

    A path that ends where it began becomes a ring.
    """
    widths = [width] * 2 if isinstance(width, int | float) else width
    last = len(path) - 1
    ring = path[0] == path[-1]
    left, right = [], []
    for i, (x, y) in enumerate(path):
        before, after = max(i - 1, 0), min(i + 1, last)
        if ring and i in (0, last):
            before, after = last - 1, 1
        (x0, y0), (x1, y1) = path[before], path[after]
        length = math.hypot(x1 - x0, y1 - y0) or 1
        half = _between(widths, i / last) / 2
        nx, ny = -(y1 - y0) / length * half, (x1 - x0) / length * half
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    if ring or not round_ends:
        return [*left, *reversed(right)]
    return [*left, *_cap(left[-1], path[-1]), *reversed(right), *_cap(right[0], path[0])]


def leaf(base: Point, tip: Point, width: float) -> list[Point]:
    (x0, y0), (x1, y1) = base, tip
    length = math.dist(base, tip)
    nx, ny = -(y1 - y0) / length * width / 2, (x1 - x0) / length * width / 2
    mx, my = x0 + (x1 - x0) * 0.42, y0 + (y1 - y0) * 0.42
    ex, ey = x0 + (x1 - x0) * 0.8, y0 + (y1 - y0) * 0.8
    half, narrow = (nx, ny), (nx * 0.5, ny * 0.5)
    return smooth(
        [
            base, base,
            (mx + half[0], my + half[1]), (ex + narrow[0], ey + narrow[1]),
            tip, tip,
            (ex - narrow[0], ey - narrow[1]), (mx - half[0], my - half[1]),
            base,
        ]
    )  # fmt: skip


def _cap(edge: Point, centre: Point) -> list[Point]:
    return [rotated([edge], -18 * i, centre)[0] for i in range(1, 10)]


def _between(values: Sequence[float], share: float) -> float:
    position = share * (len(values) - 1)
    i = min(int(position), len(values) - 2)
    return values[i] + (values[i + 1] - values[i]) * (position - i)


def _towards(start: Point, end: Point, length: float) -> Point:
    share = min(length / (math.dist(start, end) or 1), 0.5)
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)


def _bezier(a: Point, b: Point, c: Point, t: float) -> Point:
    u = 1 - t
    return _blend((a, b, c), (u * u, 2 * u * t, t * t))


def _catmull_rom(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    shares = (
        (-t + 2 * t**2 - t**3) / 2,
        (2 - 5 * t**2 + 3 * t**3) / 2,
        (t + 4 * t**2 - 3 * t**3) / 2,
        (t**3 - t**2) / 2,
    )
    return _blend((a, b, c, d), shares)


def _blend(points: Points, shares: Sequence[float]) -> Point:
    weighed = list(zip(points, shares, strict=True))
    return sum(p[0] * share for p, share in weighed), sum(p[1] * share for p, share in weighed)
