from typing import NamedTuple


class Card(NamedTuple):
    brand: str
    meaning: str
    decline_code: str = ""
    complaint: str = ""
    needs_confirmation: bool = False


PAYS = "4242424242424242"
DECLINED = "4000000000000002"
NEEDS_CONFIRMATION = "4000002500003155"

CARDS = {
    PAYS: Card("visa", "Pays"),
    NEEDS_CONFIRMATION: Card("visa", "Asks to confirm first", needs_confirmation=True),
    DECLINED: Card("visa", "Is declined", "generic_decline", "Your card was declined."),
    "4000000000009995": Card(
        "visa", "Has no money on it", "insufficient_funds", "Your card has insufficient funds."
    ),
}


def passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def spaced(number: str) -> str:
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))
