"""Amounts in Stripe's minor units. Stripe's table, not ISO's: ISK and UGX have two digits here."""

from .errors import refused

ZERO_DECIMAL = {
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
}  # fmt: skip
THREE_DECIMAL = {"bhd", "jod", "kwd", "omr", "tnd"}
SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "inr": "₹", "krw": "₩"}
MINIMUM = {
    "gbp": 30, "dkk": 250, "nok": 300, "sek": 300, "hkd": 400, "pln": 200, "ron": 200, "aed": 200,
    "myr": 200, "mxn": 1000, "thb": 1000, "czk": 1500, "huf": 17500, "jpy": 50, "krw": 50,
}  # fmt: skip
MINIMUM_ELSEWHERE = 50
MAXIMUM = 999_999_999_999


def digits(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def show(amount: int, currency: str) -> str:
    """Minor units as people write them: `$38.00`."""
    places = digits(currency)
    whole, part = divmod(amount, 10**places)
    number = f"{whole:,}" + (f".{part:0{places}}" if places else "")
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{number}" if symbol else f"{currency.upper()} {number}"


def shares(amounts: list[int], percent: int) -> list[int]:
    """`percent` of each amount, rounded so that the parts add up to the rounded whole."""
    parts, seen, given = [], 0, 0
    for amount in amounts:
        seen += amount
        due = (seen * percent + 50) // 100
        parts.append(due - given)
        given = due
    return parts


def check_digits(amount: int, currency: str, param: str) -> None:
    """Refuse parts of a coin that does not exist, though Stripe counts in smaller ones."""
    step = 100 if currency in ("isk", "ugx") else 10 if currency in THREE_DECIMAL else 1
    if amount % step:
        raise refused(
            f"Amounts in {currency.upper()} must be divisible by {step}.",
            code="parameter_invalid_integer",
            param=param,
        )


def check_chargeable(total: int, currency: str) -> None:
    """Refuse a total that Stripe would not charge. Nothing at all is fine: it is then free."""
    least = MINIMUM.get(currency, MINIMUM_ELSEWHERE)
    if 0 < total < least:
        raise refused(
            f"The Checkout Session's total amount must be at least {show(least, currency)}.",
            code="amount_too_small",
        )
    if total > MAXIMUM:
        raise refused(
            f"The Checkout Session's total amount must be at most {show(MAXIMUM, currency)}.",
            code="amount_too_large",
        )
