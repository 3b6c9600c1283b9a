"""Days to come, as shoppers read them."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format

LAST_MINUTE = time(23, 59)


def day_in_words(day: date) -> str:
    """Fri, November 27."""
    return f"{date_format(day, 'D')}, {date_format(day, 'MONTH_DAY_FORMAT')}"


def days_in_words(first: date, last: date) -> str:
    """On Fri, November 27, or between two such days."""
    if first == last:
        return f"on {day_in_words(first)}"
    return f"between {day_in_words(first)} and {day_in_words(last)}"


def end_in_words(end: datetime) -> str:
    """The last day of what ends with a day, or else the day and the time; the year if not this."""
    local = timezone.localtime(end)
    is_whole_day = local.time() >= LAST_MINUTE or local.time() == time.min
    day = local.date() - timedelta(days=local.time() == time.min)
    is_this_year = day.year == timezone.localdate().year
    words = day_in_words(day) if is_this_year else date_format(day)
    return words if is_whole_day else f"{words}, {date_format(local, 'TIME_FORMAT')}"
