"""Money is an integer in the currency's minor unit; these functions show it and read it.

How many digits the minor unit has is Stripe's choice, not ISO's or Babel's: Stripe takes ISK and
UGX with two decimals although they have none. Source: docs.stripe.com/currencies.
"""

from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import NumberPattern, format_currency, parse_pattern
from django.conf import settings
from django.utils.translation import to_locale

ZERO_DECIMAL = {
    *("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"),
    *("pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"),
}
THREE_DECIMAL = {"bhd", "jod", "kwd", "omr", "tnd"}
TWO_DECIMAL = """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd
    cad cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd
    hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd
    mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar
    ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah
    ugx usd uyu uzs wst xcd xcg yer zar zmw
"""
# What Stripe takes payments in ("presentment currencies"): by far not all of ISO 4217.
CURRENCIES = {*ZERO_DECIMAL, *THREE_DECIMAL, *TWO_DECIMAL.split()}
# Stripe's own limit on one payment: eight digits in the minor unit.
MAX_TOTAL_CENTS = 99_999_999
# And the least. Stripe's rule is about the currency that the account is paid out in, so an account
# in another one may be asked for a little more; currencies that are not here have no rule we know.
MIN_TOTAL_CENTS = {
    **dict.fromkeys(("usd", "eur", "aud", "cad", "chf", "nzd", "sgd", "brl", "inr", "zar"), 50),
    **dict.fromkeys(("jpy", "krw"), 50),
    **dict.fromkeys(("pln", "ron", "aed", "myr"), 200),
    **dict.fromkeys(("nok", "sek"), 300),
    **dict.fromkeys(("mxn", "thb"), 1000),
    "gbp": 30,
    "dkk": 250,
    "hkd": 400,
    "czk": 1500,
    "huf": 17500,
}
# Two decimals that have to be 00. HUF and TWD are not among them: that is a rule for payouts only,
# payments in them may have decimals.
DECIMALS_ARE_00 = {"isk", "ugx"}


def minor_digits(currency: str) -> int:
    """How many decimals Stripe gives the currency: 2 for usd, 0 for jpy, 3 for kwd."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def step_problem(amount_cents: int, currency: str) -> str:
    """Why Stripe would refuse the end of this amount, in words; empty: it would not."""
    if currency in DECIMALS_ARE_00 and amount_cents % 100:
        return f"{currency.upper()} has no decimals."
    if currency in THREE_DECIMAL and amount_cents % 10:
        return f"The third decimal of {currency.upper()} has to be 0: Stripe takes no other."
    return ""


def unpayable_reason(total_cents: int, currency: str) -> str:
    """Why Stripe would refuse a payment of this much, in words; empty: it would not."""
    least = MIN_TOTAL_CENTS.get(currency, 1)
    if total_cents < least:
        return f"Stripe takes no less than {format_money(least, currency)} in one payment."
    if total_cents > MAX_TOTAL_CENTS:
        most = format_money(MAX_TOTAL_CENTS, currency)
        return f"Stripe takes no more than {most} in one payment."
    return step_problem(total_cents, currency)


def amount_problem(price_cents: int, currency: str) -> str:
    """Why Stripe would refuse this as a part of a payment, in words; empty: it would not, as 0."""
    if price_cents > MAX_TOTAL_CENTS:
        return unpayable_reason(price_cents, currency)
    return step_problem(price_cents, currency)


def limit_problem(limit_cents: int, currency: str) -> str:
    """Why this is no amount that others can be above or below, in words; empty: it is one."""
    if limit_cents < 1:
        return "Write an amount above 0, or none."
    return amount_problem(limit_cents, currency)


def step_of(currency: str) -> int:
    """Stripe takes multiples of it."""
    return 100 if currency in DECIMALS_ARE_00 else 10 if currency in THREE_DECIMAL else 1


def next_payable(amount_cents: int, currency: str) -> int:
    """The amount, or the next higher one that Stripe would take."""
    step = step_of(currency)
    least = max(amount_cents, MIN_TOTAL_CENTS.get(currency, 1))
    return -(-least // step) * step


def round_down(amount_cents: int, currency: str) -> int:
    """The amount, or the next lower one that Stripe would take as a part of a payment."""
    return amount_cents - amount_cents % step_of(currency)


def to_decimal(amount_cents: int, currency: str) -> Decimal:
    """1250 usd cents are Decimal("12.50"); exact, never through a float."""
    return Decimal(amount_cents).scaleb(-minor_digits(currency))


def to_cents(amount: Decimal, currency: str) -> int:
    """Decimal("12.50") usd are 1250 cents; ValueError where the currency has no such coin."""
    cents = amount.scaleb(minor_digits(currency))
    if cents != cents.to_integral_value():
        raise ValueError(f"{amount} is not a whole number of the smallest coin of {currency}")
    return int(cents)


def format_money(amount_cents: int, currency: str) -> str:
    """1250 usd cents are "$12.50", or what people write where the shop is: "12,50 $"."""
    locale = to_locale(settings.LANGUAGE_CODE)
    return format_currency(
        to_decimal(amount_cents, currency),
        currency.upper(),
        format=money_pattern(locale, minor_digits(currency)),
        locale=locale,
        currency_digits=False,
    )


@lru_cache
def money_pattern(locale: str, digits: int) -> NumberPattern:
    """The region's own, with as many decimals as Stripe gives the currency."""
    pattern = Locale.parse(locale).currency_formats["standard"]
    decimals = f".{'0' * digits}" if digits else ""
    return parse_pattern(pattern.pattern.replace(".00", decimals))
