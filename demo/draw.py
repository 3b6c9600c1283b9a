"""Draws the demo pictures: `python -m demo.draw [slug ...]`, the same ones every time."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from .catalogue import PICTURES, PRODUCTS, Closer, Product
from .drawing import Picture
from .things.welcome import welcome

TINTS = {
    "kitchen": "#f2dfb6",
    "table": "#eecfbd",
    "desk": "#c9d6dc",
    "home": "#e6d9c3",
    "garden": "#d2dabb",
    "textiles": "#e2cfcc",
}
CLOSER = 2
WELCOME = Path(__file__).parent / "welcome.webp"

# The window that lights every picture, as it falls on the wall.
PANES = [
    [(96, 70), (232, 40), (232, 262), (96, 292)],
    [(250, 36), (386, 6), (386, 228), (250, 258)],
    [(96, 312), (232, 282), (232, 504), (96, 534)],
    [(250, 278), (386, 248), (386, 470), (250, 500)],
]


def main(slugs: list[str]) -> None:
    PICTURES.mkdir(exist_ok=True)
    for product in PRODUCTS:
        if product.picture and (not slugs or product.slug in slugs):
            draw(product).save(product.picture, quality=80)
        if product.closer and (not slugs or product.slug in slugs):
            draw_closer(product, product.closer).save(product.second_picture, quality=80)
    if not slugs or "welcome" in slugs:
        WELCOME.parent.mkdir(parents=True, exist_ok=True)
        welcome().save(WELCOME, quality=80)


def draw(product: Product) -> Picture:
    picture = Picture(TINTS[product.category])
    picture.sunlight(PANES)
    picture.table()
    thing_of(product)(picture)
    return picture


def draw_closer(product: Product, closer: Closer) -> Picture:
    """The same things on the same table, in the light of another hour."""
    width, height = 800, 1000
    shift = (width / 2 - closer.x * CLOSER, height / 2 - closer.y * CLOSER)
    edge = 640 * CLOSER + shift[1]
    picture = Picture(TINTS[product.category], (width, height), min(max(edge, 0), height))
    with picture.placed((shift[0] + 300, shift[1] + 160), CLOSER):
        picture.sunlight(PANES, opacity=0.3)
    picture.table()
    with picture.placed(shift, CLOSER):
        thing_of(product)(picture)
    return picture


def thing_of(product: Product) -> Callable[[Picture], None]:
    """The function that bears the product's slug, in the module of its category."""
    module = import_module(f"{__package__}.things.{product.category}")
    return getattr(module, product.slug.replace("-", "_"))


if __name__ == "__main__":
    main(sys.argv[1:])
