"""What the demo shop says of itself. All of it is made up, and its pages say so."""

from pathlib import Path
from typing import NamedTuple

from shop.models import SAMPLE

WELCOME = Path(__file__).parent / "welcome.webp"
FRONT = {
    "headline": "Good things for every day",
    "introduction": "Well-made things for the kitchen, the desk and the home.",
    "legal_name": "Fieldhouse (a demo shop)",
    "address": "1 Sample Street\nSample Town",
    "email": "help@example.com",
    "phone": "+1 555 0100",
}


class Page(NamedTuple):
    title: str
    slug: str
    text: str


def sample(text: str) -> str:
    return f"*{SAMPLE} Replace it with your own in the admin, under Pages.*\n\n{text}"


PAGES = [
    Page(
        "About us",
        "about",
        sample(
            "We sell things that we use ourselves: things that work well, last long and are a "
            "pleasure to look at.\n\n"
            "## How we choose\n\n"
            "- It does one thing, and does it well.\n"
            "- It can be repaired.\n"
            "- We know who makes it.\n"
        ),
    ),
    Page(
        "Delivery",
        "delivery",
        sample(
            "We pack on working days. What you order before noon leaves the same day.\n\n"
            "You see what delivery costs before you pay, and get an e-mail with a link to follow "
            "the parcel when it is on its way.\n"
        ),
    ),
    Page(
        "Returns",
        "returns",
        sample(
            "You can send back anything unused within 30 days. Write to us first, and tell us the "
            "number of your order.\n\n"
            "We refund the price as soon as the parcel is here, the way you paid.\n"
        ),
    ),
    Page(
        "Privacy",
        "privacy",
        sample(
            "We keep what we need to deliver your order and to answer your questions: your name, "
            "your e-mail address, where the parcel goes, and what you bought.\n\n"
            "Your card stays with Stripe, which takes the payment. We never see its number.\n\n"
            "You can delete your account on your profile at any time.\n"
        ),
    ),
    Page(
        "Terms",
        "terms",
        sample(
            "Prices are those that you see when you press Buy. The purchase is made when you have "
            "paid.\n"
        ),
    ),
    Page(
        "Imprint",
        "imprint",
        sample(
            "Fieldhouse (a demo shop)  \n1 Sample Street  \nSample Town\n\n"
            "E-mail: help@example.com  \nPhone: +1 555 0100\n"
        ),
    ),
]
