"""The sales of each day as a drawing: only numbers that a template writes into an SVG."""

from typing import NamedTuple

from orders.sales import Day

WIDTH, HEIGHT = 720, 160
PITCH, BAR = 24, 18


class Bar(NamedTuple):
    day: Day
    x: int
    y: int
    height: int


class Chart(NamedTuple):
    bars: list[Bar]
    zero: int  # where the line of nothing is
    highest_cents: int
    lowest_cents: int
    width: int = WIDTH
    height: int = HEIGHT
    bar: int = BAR


def chart(days: list[Day]) -> Chart:
    """As high as the best day; below the line where more went back than came in."""
    kept = [day.kept_cents for day in days]
    highest, lowest = max(0, *kept), min(0, *kept)
    scale = highest - lowest or 1
    zero = HEIGHT * highest // scale
    bars = []
    for number, day in enumerate(days):
        height = HEIGHT * abs(day.kept_cents) // scale
        top = zero - height if day.kept_cents > 0 else zero
        bars.append(Bar(day, number * PITCH + (PITCH - BAR) // 2, top, height))
    return Chart(bars, zero, highest, lowest)
