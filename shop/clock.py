"""This machine's clock beside Stripe's: with a wrong one nothing is sold, or no event believed."""

from datetime import datetime, timedelta

from django.utils import timezone

# Stripe's signatures are good for five minutes, and a session's end is told by our clock.
MAX_SKEW = timedelta(minutes=2)
SWITCH_ON_NTP = (
    "Switch on time synchronisation (NTP): "
    "with a wrong clock checkouts fail, or events are refused."
)


def wrong_clock(stripes: datetime | None) -> str:
    """How far this clock is from Stripe's, and what to do; nothing where they agree."""
    ahead = timezone.now() - stripes if stripes else timedelta()
    if abs(ahead) <= MAX_SKEW:
        return ""
    direction = "ahead of" if ahead > timedelta() else "behind"
    how_far = in_minutes(abs(ahead).total_seconds())
    return f"This machine's clock is {how_far} {direction} Stripe's. {SWITCH_ON_NTP}"


def in_minutes(seconds: float) -> str:
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"
