"""What staff look for among the orders: something exact first, by its index, or words."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import F, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from accounts.models import User
from orders.models import Order, OrderLine

# Words are looked for in so many rows at most of each kind that they are found in, the latest
# first: a word that is everywhere is no way to find an order.
MOST_FOUND = 300
# SQLite has no index for a part of a word, and PostgreSQL none for less than three letters: then
# the latest so many are looked through.
LOOKED_THROUGH = 20_000
# Among so many of the latest rows a word that many hold is found often enough; an index would list
# all of them first.
LATEST = 5_000
SHORTEST_INDEXED = 3
MOST_WORDS = 6
ON_THE_ORDER = ("tracking_number", "email", "shipping_name", "shipping_address")
OF_THE_BUYER = ("username", "email")
STRIPE_IDS = {
    "cs_": "stripe_session_id",
    "pi_": "stripe_payment_intent_id",
    "re_": "refunds__stripe_refund_id",
    "du_": "disputes__stripe_dispute_id",
    "dp_": "disputes__stripe_dispute_id",
}


def find_orders(orders: QuerySet[Order], typed: str) -> QuerySet[Order]:
    typed = typed.replace("\0", "").strip()
    if not typed:
        return orders
    exact = exact_matches(typed)
    return orders.filter(pk__in=exact if exact else with_words(typed.split()))


def exact_matches(typed: str) -> list[int]:
    """The orders of a number, an e-mail address, an id of Stripe's or a tracking number."""
    if column := STRIPE_IDS.get(typed[:3]):
        return latest(Order.objects.filter(**{column: typed}))
    if "@" in typed:
        written = Order.objects.alias(lower_email=Lower("email"))
        bought = Order.objects.filter(user__in=list(User.with_email(typed)))
        return latest(written.filter(lower_email=typed.lower())) + latest(bought)
    return latest(Order.objects.filter(number=typed.upper())) or latest(
        Order.objects.filter(tracking_number__in={typed, typed.upper()} - {""})
    )


def with_words(words: list[str]) -> list[int]:
    """Those that hold all of the words, or as many of them as anybody types."""
    words = words[:MOST_WORDS]
    found = with_each(words)
    if len(words) > 1:  # "alice mug": one is a buyer, the other a product
        fewest = min((with_each([word]) for word in words), key=len)
        for word in words:
            those = those_with(word, fewest)
            fewest = [pk for pk in fewest if pk in those]
        found += fewest
    return found


def with_each(words: list[str]) -> list[int]:
    """Those with all of the words in recipient, address and parcel, in the buyer, or in a product.

    Three questions, as each table has an index of its own: the database finds no way by three at
    once but to read all orders.
    """
    written: QuerySet = Order.objects.all()
    bought: QuerySet = OrderLine.objects.all()
    buyers: QuerySet = User.objects.all()
    for word in words:
        written = written.filter(in_columns(ON_THE_ORDER, word))
        bought = bought.filter(product_name__icontains=word)
        buyers = buyers.filter(in_columns(OF_THE_BUYER, word))
    is_indexed = connection.vendor == "postgresql" and min(map(len, words)) >= SHORTEST_INDEXED
    named = latest_by_index if is_indexed else latest_by_look
    theirs = Order.objects.filter(user__in=named(buyers))
    return named(written) + named(bought, "order_id") + latest(theirs)


def those_with(word: str, pks: list[int]) -> set[int]:
    orders, lines = Order.objects.filter(pk__in=pks).order_by(), OrderLine.objects.order_by()
    asked = set(orders.values_list("user", flat=True)) - {None}
    buyers = User.objects.filter(in_columns(OF_THE_BUYER, word), pk__in=asked)
    theirs = Q(user__in=list(buyers.order_by().values_list("pk", flat=True)))
    named = orders.filter(in_columns(ON_THE_ORDER, word) | theirs).values_list("pk", flat=True)
    bought = lines.filter(order__in=pks, product_name__icontains=word)
    return {*named, *bought.values_list("order_id", flat=True)}


def in_columns(columns: Iterable[str], word: str) -> Q:
    return Q(*((f"{column}__icontains", word) for column in columns), _connector=Q.OR)


def latest_by_look(rows: QuerySet, column: str = "pk", among: int = LOOKED_THROUGH) -> list[int]:
    newest = rows.model._default_manager.order_by("-pk").values("pk")[:1]
    return latest(rows.filter(pk__gt=Subquery(newest) - among), column)


def latest_by_index(rows: QuerySet, column: str = "pk") -> list[int]:
    found = latest_by_look(rows, column, LATEST)
    if len(found) < MOST_FOUND:
        # In an order that is no index's: PostgreSQL takes a rare word for one that it will soon
        # come upon, and would read all rows from the last to the first.
        by_words = rows.order_by((F("pk") + 0).desc())
        found = list(by_words.values_list(column, flat=True)[:MOST_FOUND])
    return found


def latest(rows: QuerySet, column: str = "pk") -> list[int]:
    return list(rows.order_by("-pk").values_list(column, flat=True)[:MOST_FOUND])
