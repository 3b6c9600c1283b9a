"""Where Stripe lets a shop ship to: a closed list of two-letter codes in capitals.

One other word among them, and Stripe refuses every session. A test holds the list equal to the one
of Stripe's SDK, which needs `stripe` to be imported and so cannot be read here.
"""

import re

from babel import Locale
from babel.core import get_global

CODES = """
    AC AD AE AF AG AI AL AM AO AQ AR AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO
    BQ BR BS BT BV BW BY BZ CA CD CF CG CH CI CK CL CM CN CO CR CV CW CY CZ DE DJ DK DM DO
    DZ EC EE EG EH ER ES ET FI FJ FK FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT
    GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IS IT JE JM JO JP KE KG KH KI KM KN KR KW
    KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MK ML MM MN MO MQ MR MS MT MU
    MV MW MX MY MZ NA NC NE NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SZ TA TC
    TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VN VU WF WS XK
    YE YT ZA ZM ZW ZZ
"""
SHIPPING_COUNTRIES = set(CODES.split())


def code_meant(word: str) -> str:
    """GB for UK, GBR or United Kingdom; empty where it is anybody's guess, or Stripe has none."""
    aliases = get_global("territory_aliases").get(word.upper(), [])
    names = Locale("en").territories.items()
    guesses = [*aliases, *(code for code, name in names if name.upper() == word.upper())]
    return next((code for code in guesses if code in SHIPPING_COUNTRIES), "")


def read_codes(text: str) -> list[str]:
    """The codes in "us, CA", each once and in capitals; ValueError says in words what is wrong."""
    codes: list[str] = []
    for part in filter(None, map(str.strip, re.split(r"[,;\n]", text))):
        words = part.upper().split()
        codes += words if all(len(word) == 2 for word in words) else [part]
    for code in codes:
        if code not in SHIPPING_COUNTRIES:
            instead = code_meant(code)
            raise ValueError(
                f"Write {instead} instead of {code}."
                if instead
                else f"Stripe takes no addresses in {code[:40]}. Write two-letter codes with "
                "commas between them: US, CA, GB."
            )
    if not codes:
        raise ValueError("Write at least one country, as a two-letter code: US.")
    return list(dict.fromkeys(codes))


def country_name(code: str) -> str:
    return str(Locale("en").territories.get(code, code))
