"""Days to come, as shoppers read them."""

from datetime import date

from django.utils.formats import date_format


def day_in_words(day: date) -> str:
    """Fri, November 27."""
    return f"{date_format(day, 'D')}, {date_format(day, 'MONTH_DAY_FORMAT')}"


def days_in_words(first: date, last: date) -> str:
    """On Fri, November 27, or between two such days."""
    if first == last:
        return f"on {day_in_words(first)}"
    return f"between {day_in_words(first)} and {day_in_words(last)}"
