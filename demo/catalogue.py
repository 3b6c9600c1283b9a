"""What the demo shop sells: plain data, read by `manage.py load_demo`."""

from pathlib import Path
from typing import NamedTuple

PICTURES = Path(__file__).parent / "pictures"


class Category(NamedTuple):
    name: str
    slug: str


class Closer(NamedTuple):
    """A second picture: the same still life from half as far, with this point in the middle."""

    x: float
    y: float
    alt_text: str


class Product(NamedTuple):
    name: str
    slug: str
    category: str
    price_cents: int
    description: str
    sale_price_cents: int | None = None
    stock: int | None = None
    is_active: bool = True
    has_picture: bool = True
    variant: str = ""  # in the family that bears its name
    details: str = ""
    closer: Closer | None = None

    @property
    def picture(self) -> Path | None:
        return PICTURES / f"{self.slug}.webp" if self.has_picture else None

    @property
    def second_picture(self) -> Path:
        return PICTURES / f"{self.slug}-2.webp"


class Delivery(NamedTuple):
    name: str
    price_cents: int
    days_min: int
    days_max: int
    free_from_cents: int | None = None


DELIVERIES = [
    Delivery("Standard", 490, 3, 5, free_from_cents=6000),
    Delivery("Express", 1200, 1, 2),
]
DELIVERED_TO = "US, CA, GB"

CATEGORIES = [
    Category("Kitchen", "kitchen"),
    Category("Table", "table"),
    Category("Desk", "desk"),
    Category("Home", "home"),
    Category("Garden", "garden"),
    Category("Textiles", "textiles"),
]

# What there are several of, by the name of the family.
FAMILIES = {"Chopping board": "woods", "Kitchen apron": "sizes"}

PRODUCTS = [
    # Kitchen
    Product(
        "Enamel kettle",
        "enamel-kettle",
        "kitchen",
        6800,
        "Two litres, steel under deep green enamel, with a beech grip that stays cool. "
        "Works on every stove and takes its time beautifully.",
        details="Steel, enamelled inside and out; beech grip.\n"
        "24 cm wide, 27 cm high, 2 litres. For gas, ceramic and induction.\n"
        "Wash by hand, and let it dry with the lid off.",
        closer=Closer(400, 390, "The beech grip, and the knob of the lid"),
    ),
    Product(
        "Casserole",
        "casserole",
        "kitchen",
        14900,
        "Cast iron, 24 cm, enamelled in terracotta. Heavy enough that supper stays warm "
        "until everybody has finally sat down.",
    ),
    Product(
        "Cook's tools, set of five",
        "cooks-tools",
        "kitchen",
        2600,
        "Three oiled wooden spoons, a spatula and a whisk: for stirring, tasting, turning, beating "
        "and pointing at people. The stoneware crock is included.",
    ),
    Product(
        "Pepper mill",
        "pepper-mill",
        "kitchen",
        4200,
        "Turned walnut, 22 cm, with a steel grinder that goes from dust to gravel. "
        "Holds enough peppercorns for a winter of soups.",
        stock=24,
    ),
    Product(
        "Chopping board",
        "chopping-board",
        "kitchen",
        5400,
        "One plank of oak, 42 by 26 cm and 2 cm thick, with a hole to hang it by. "
        "Wipe with oil now and then.",
        variant="Oak",
        details="Oak from one plank, oiled.\n"
        "42 by 26 cm, 2 cm thick, 1.6 kg.\n"
        "Wipe with a damp cloth; never put it in the dishwasher.",
        closer=Closer(402, 390, "The hole to hang it by, and the grain of the oak"),
    ),
    Product(
        "Chopping board",
        "chopping-board-walnut",
        "kitchen",
        6400,
        "One plank of walnut, 42 by 26 cm and 2 cm thick, with a hole to hang it by. "
        "Wipe with oil now and then.",
        variant="Walnut",
        details="Walnut from one plank, oiled.\n"
        "42 by 26 cm, 2 cm thick, 1.5 kg.\n"
        "Wipe with a damp cloth; never put it in the dishwasher.",
    ),
    Product(
        "Storage jar",
        "storage-jar",
        "kitchen",
        1850,
        "One litre of clear glass with a cork lid that fits. Shown with dried beans, "
        "which you will have to bring yourself.",
    ),
    # Table
    Product(
        "Speckled mug",
        "speckled-mug",
        "table",
        2200,
        "Stoneware, 350 ml, with a handle for three fingers and a glaze that is never "
        "quite the same twice. Dishwasher safe.",
        stock=3,
        details="Stoneware with a white glaze, raw at the foot.\n"
        "9 cm high, 350 ml.\n"
        "For dishwasher and microwave.",
        closer=Closer(440, 640, "The speckles in the glaze, and the handle"),
    ),
    Product(
        "Fruit bowl",
        "fruit-bowl",
        "table",
        5800,
        "Wide, low and glazed in slate blue, 30 cm across. Makes three lemons "
        "look like a decision.",
        sale_price_cents=4600,
    ),
    Product(
        "Carafe and glass",
        "carafe-and-glass",
        "table",
        3900,
        "Hand-blown glass, 0.8 litres, with a tumbler to match. Good for water, "
        "better for wildflowers.",
        closer=Closer(470, 640, "The tumbler beside the foot of the carafe"),
    ),
    Product(
        "Egg cups, pair",
        "egg-cups",
        "table",
        1900,
        "Two turned ash cups, waxed. The bobble hat keeps one egg warm; who gets it "
        "is for you to settle.",
        closer=Closer(300, 470, "The bobble hat on its egg"),
    ),
    Product(
        "Round teapot",
        "round-teapot",
        "table",
        7400,
        "Clay pink stoneware, 1.1 litres, four cups. The spout does not drip: we poured "
        "a great deal of tea to make sure.",
        sale_price_cents=5900,
        stock=11,
        closer=Closer(420, 560, "The lid, and the label of the tea"),
    ),
    Product(
        "Dinner plates, set of four",
        "dinner-plates",
        "table",
        8800,
        "Stoneware, 27 cm, with a raised rim for sauce. They stack neatly and forgive "
        "the occasional knock.",
    ),
    Product(
        "Box of seconds",
        "box-of-seconds",
        "table",
        3500,
        "Three pieces from the kiln with small flaws: a wobble, a drip, a freckle. "
        "Each box is different, so there is no picture of yours yet.",
        has_picture=False,
    ),
    # Desk
    Product(
        "Cloth notebook",
        "cloth-notebook",
        "desk",
        1650,
        "A5, 160 pages of cream paper that ink does not bleed through, bound in green cloth. "
        "Lies flat from the first page on.",
        details="160 pages of 90 g paper, blank, sewn in sections.\n"
        "A5: 21 by 14.8 cm.\n"
        "Bound in cotton cloth over board.",
        closer=Closer(480, 640, "The cloth, the label and the band that keeps it shut"),
    ),
    Product(
        "Pencil pot",
        "pencil-pot",
        "desk",
        1450,
        "A small glazed pot with six cedar pencils, sharpened. "
        "Two are already plotting to roll away.",
    ),
    Product(
        "Desk lamp",
        "desk-lamp",
        "desk",
        12900,
        "Ochre steel, two joints and a heavy foot; the head turns where you look. "
        "Takes a standard screw bulb.",
        stock=6,
        details="Painted steel, brass joints, cloth cable of 1.8 m.\n"
        "48 cm high, 2.1 kg.\n"
        "For an E27 bulb of up to 10 W, which is not included.",
        closer=Closer(440, 330, "The head of the lamp, alight"),
    ),
    Product(
        "Arch bookends",
        "arch-bookends",
        "desk",
        4600,
        "A pair of solid plaster arches, 1.2 kg each, felt underneath. They hold a row of "
        "paperbacks or three very serious books.",
    ),
    Product("Paper scissors", "paper-scissors", "desk", 2400, ""),
    # Home
    Product(
        "Branch vase",
        "branch-vase",
        "home",
        4800,
        "A narrow neck and a steady foot, 26 cm tall, matt terracotta. One branch is enough; "
        "two is a bouquet.",
    ),
    Product(
        "Table lamp",
        "table-lamp",
        "home",
        11800,
        "Ceramic base, linen shade, 44 cm tall. The light is warm enough "
        "to read by and kind to everybody.",
    ),
    Product(
        "Candlestick",
        "candlestick",
        "home",
        2900,
        "Solid brass, 12 cm, with a ring to carry it upstairs by. Fits ordinary household candles.",
        stock=0,
    ),
    Product(
        "Kitchen chair",
        "kitchen-chair",
        "home",
        18900,
        "Solid ash with a woven paper seat, 45 cm high. Cat not included, "
        "though one tends to turn up.",
        stock=8,
        details="Solid ash, oiled; seat of woven paper cord.\n"
        "82 cm high, 46 cm wide, 49 cm deep; the seat is 45 cm high.\n"
        "Comes in one piece.",
        closer=Closer(330, 660, "The seat of woven paper, and the cat below it"),
    ),
    Product(
        "Wall clock",
        "wall-clock",
        "home",
        6400,
        "Ash rim, 28 cm, silent movement, one battery a year. Set to ten past ten, "
        "when every clock smiles.",
        closer=Closer(400, 330, "The hands and the dial"),
    ),
    Product(
        "Willow basket",
        "willow-basket",
        "home",
        5200,
        "Woven from whole willow, 38 cm across, with a handle for one arm. For kindling, "
        "knitting or a very small dog.",
        is_active=False,
    ),
    # Garden
    Product(
        "Watering can",
        "watering-can",
        "garden",
        5600,
        "Galvanised steel, painted, 5 litres, with a brass rose that rains gently. Balanced, "
        "so that the last drop goes where you meant it.",
        closer=Closer(590, 460, "The brass rose at the end of the spout"),
    ),
    Product(
        "Terracotta pot",
        "terracotta-pot",
        "garden",
        1200,
        "Fired hard enough for frost, 18 cm, with a hole and a saucer. "
        "The plant is a friend of ours.",
    ),
    Product(
        "Bird house",
        "bird-house",
        "garden",
        3400,
        "Larch, 26 cm high, with a 32 mm door for sparrows and other small tenants. "
        "Opens at the back for spring cleaning.",
    ),
    Product(
        "Garden twine",
        "garden-twine",
        "garden",
        450,
        "Eighty metres of jute on a wooden spool. Holds tomatoes, parcels and most plans together.",
    ),
    Product(
        "Hand trowel",
        "hand-trowel",
        "garden",
        2100,
        "",
        is_active=False,
    ),
    # Textiles
    Product(
        "Wool blanket",
        "wool-blanket",
        "textiles",
        13900,
        "Pure new wool, 130 by 180 cm, with a fringe on both ends. Warm at once, "
        "and large enough to share if you must.",
        stock=14,
        details="Pure new wool, woven in twill.\n"
        "130 by 180 cm, 1.3 kg.\n"
        "Wash by hand in cold water, and dry it flat.",
        closer=Closer(560, 640, "The stripes, and the fringe"),
    ),
    Product(
        "Linen cushion",
        "linen-cushion",
        "textiles",
        4400,
        "Washed linen, 50 by 50 cm, feather filling. Goes back into shape after every nap.",
    ),
    Product(
        "Tea towel",
        "tea-towel",
        "textiles",
        1400,
        "Half linen, 50 by 70 cm, with a loop to hang it by. Dries glasses "
        "without leaving a trace.",
    ),
    Product(
        "Kitchen apron",
        "kitchen-apron",
        "textiles",
        4900,
        "Heavy cotton with crossed straps, so that nothing pulls at the neck. The pocket "
        "fits one spoon and one recipe.",
        variant="Small",
        details="Cotton of 320 g, crossed straps, one pocket.\n"
        "64 cm wide, 78 cm long; for a height of up to 165 cm.\n"
        "Wash at 40 °C.",
        closer=Closer(400, 470, "The pocket, with a spoon in it"),
    ),
    Product(
        "Kitchen apron",
        "kitchen-apron-medium",
        "textiles",
        5200,
        "Heavy cotton with crossed straps, so that nothing pulls at the neck. The pocket "
        "fits one spoon and one recipe.",
        variant="Medium",
        details="Cotton of 320 g, crossed straps, one pocket.\n"
        "70 cm wide, 86 cm long; for a height of up to 180 cm.\n"
        "Wash at 40 °C.",
    ),
    Product(
        "Kitchen apron",
        "kitchen-apron-large",
        "textiles",
        5500,
        "Heavy cotton with crossed straps, so that nothing pulls at the neck. The pocket "
        "fits one spoon and one recipe.",
        stock=0,
        variant="Large",
        details="Cotton of 320 g, crossed straps, one pocket.\n"
        "76 cm wide, 94 cm long; for a height of up to 200 cm.\n"
        "Wash at 40 °C.",
    ),
    Product(
        "Oven mitt",
        "oven-mitt",
        "textiles",
        1950,
        "Quilted cotton, long at the wrist, lined and safe to 220 °C. "
        "Hangs by a loop and waves back.",
    ),
]
