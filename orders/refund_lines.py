"""Which products of an order the money goes back for, and how much was paid for them."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django import forms
from django.db.models import Sum
from django.http import QueryDict

from accounts.as_shown import DigitsInput
from orders.models import Order, OrderLine, Refund, RefundLine
from shop.money import round_down


@dataclass(frozen=True)
class Returned:
    """So many of a line, and whether they can be sold again."""

    line: OrderLine
    quantity: int
    is_put_back: bool = False

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.product_name}"


def given_back(order: Order, besides: UUID | None = None) -> dict[int, int]:
    """How many of each line money went back for, or is about to; by the line's primary key.

    `besides` is a refund that does not count: a form that is sent twice is about the same one.
    """
    live = RefundLine.objects.filter(refund__order=order)
    live = live.exclude(refund__status__in=Refund.DEAD).exclude(refund=besides)
    return dict(live.order_by().values_list("line").annotate(Sum("quantity")))


def paid_for_products(order: Order) -> int:
    """Of the total, what the products took: their share of discount and tax is in it, delivery is
    not."""
    products = max(0, order.subtotal_cents - order.discount_cents)
    before_tax = products + order.shipping_cents
    return order.total_cents * products // before_tax if before_tax else 0


def paid_for(order: Order, chosen: list[Returned], besides: UUID | None = None) -> int:
    """What was paid for these products, in cents, as far as it is left.

    In proportion to their prices. Rounded so that all parts add up to the whole, in whatever order
    they go back.
    """
    lines = {line.pk: line for line in order.lines.all()}
    value = sum(line.total_cents for line in lines.values())
    if not value:
        return 0
    before = given_back(order, besides)
    value_before = sum(lines[pk].unit_price_cents * number for pk, number in before.items())
    value_now = sum(each.line.unit_price_cents * each.quantity for each in chosen)
    paid = paid_for_products(order)
    share = paid * (value_before + value_now) // value - paid * value_before // value
    left = refundable_cents(order, besides)
    return left if share >= left else round_down(share, order.currency)


def refundable_cents(order: Order, besides: UUID | None) -> int:
    """What is left to give back, the refund `besides` counted as left."""
    mine = [
        each.amount_cents for each in order.refunds.all() if each.pk == besides and each.is_live
    ]
    return order.refundable_cents + sum(mine)


class RefundLinesForm(forms.Form):
    """How many of each product to give the money back for, and whether they can be sold again."""

    prefix = "lines"
    amount_cents: int  # of a form that is valid

    reason = forms.ChoiceField(choices=Refund.Reason)
    # Made with the form, so that a double click on "Refund" gives the money back once.
    refund_id = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput())
    # What staff confirmed: more may have been given back since.
    amount_seen = forms.IntegerField(required=False, widget=forms.HiddenInput())
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput())

    def __init__(self, order: Order, data: QueryDict | None) -> None:
        super().__init__(data)
        self.order = order
        self.lines: list[Returned] = []
        left = given_back(order)
        for line in order.lines.select_related("product"):
            number = line.quantity - left.get(line.pk, 0)
            self.fields[f"quantity_{line.pk}"] = forms.IntegerField(
                label=f"{line.product_name}, of {number}",
                min_value=0,
                required=False,
                initial=0,
                widget=DigitsInput(),
            )
            # What was cancelled is in stock again, or staff said that it should not be.
            if line.product and line.product.stock is not None and not order.cancelled_at:
                self.fields[f"put_back_{line.pk}"] = forms.BooleanField(
                    label=f"Put {line.product_name} back in stock", required=False
                )
        self.order_fields([name for name in self.fields if name not in self.base_fields])

    def clean(self) -> None:
        given = self.cleaned_data
        refund_id = given.get("refund_id")
        before = given_back(self.order, refund_id)
        for line in self.order.lines.all():
            name = f"quantity_{line.pk}"
            quantity, left = given.get(name) or 0, line.quantity - before.get(line.pk, 0)
            if quantity > left:
                self.add_error(name, f"At most {left} of them can be given back.")
            elif quantity:
                is_put_back = given.get(f"put_back_{line.pk}", False)
                self.lines.append(Returned(line, quantity, is_put_back))
        if not self.errors:
            if not self.lines:
                raise forms.ValidationError("Write how many of which product are given back.")
            self.amount_cents = paid_for(self.order, self.lines, refund_id)
            if not self.amount_cents:
                raise forms.ValidationError("Nothing is left of what was paid for them.")

    @property
    def is_confirmed(self) -> bool:
        given = self.cleaned_data
        return bool(given["confirmed"] and given["amount_seen"] == self.amount_cents)

    @property
    def what_for(self) -> str:
        """In words, as the history keeps it."""
        back = ", ".join(str(each) for each in self.lines if each.is_put_back)
        words = f" for {', '.join(map(str, self.lines))}"
        return f"{words}, back in stock {back}" if back else words
