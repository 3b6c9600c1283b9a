import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, ClassVar, cast

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict

from shop.cart import Cart
from shop.lists import BEST_SELLING, NEWEST, Wanted
from shop.models import MAX_QUANTITY, CartItem, Product, Shelf
from shop.money import amount_problem, format_money, limit_problem, to_decimal
from shop.money_field import MoneyField, without_sign
from shop.search import looked_up


class QuantityInput(forms.TextInput):
    """A text field with a number pad; GOV.UK's design system advises it over type=number."""

    def __init__(self) -> None:
        super().__init__(attrs={"inputmode": "numeric", "autocomplete": "off"})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        # A key that was sent twice is shown and refused, rather than half of it ignored.
        return ", ".join(data.getlist(name))


class QuantityField(forms.IntegerField):
    """Plain ASCII digits up to the limit; one sentence says so, whatever was typed."""

    def __init__(self, *, min_value: int = 1, initial: int = 1, most: int = MAX_QUANTITY) -> None:
        message = f"Choose a whole number from {min_value} to {MAX_QUANTITY}."
        super().__init__(
            initial=initial,
            widget=QuantityInput(),
            error_messages=dict.fromkeys(("required", "invalid"), message),
            validators=[
                MinValueValidator(min_value, message),
                MaxValueValidator(MAX_QUANTITY, message),
                *([MaxValueValidator(most, only_left(most))] if most < MAX_QUANTITY else []),
            ],
        )

    def to_python(self, value: Any) -> int | None:
        # int() alone would take full-width digits, "1_0" and a number with a million digits.
        if value and not re.fullmatch(r"[0-9]{1,9}", value.strip()):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


def only_left(left: int) -> str:
    """What is possible, for a shopper who wanted more."""
    return f"Only {left} left. Choose {left} or fewer."


class BuyForm(forms.Form):
    quantity = QuantityField()
    # What the page showed; only ever compared, so that nobody is charged a price they did not see.
    price_seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput())

    @property
    def price_seen_cents(self) -> int | None:
        """None where the browser sent something else than a price."""
        seen = self.cleaned_data["price_seen"]
        return int(seen) if re.fullmatch(r"[0-9]{1,8}", seen) else None

    def saw_another_price_than(self, product: Product) -> bool:
        return self.cleaned_data["price_seen"] not in ("", str(product.current_price_cents))


class CartForm(forms.Form):
    """Quantities of a cart, 0 to take a product out, and the prices that the page showed.

    What the browser did not send stays as it is.
    """

    def __init__(self, cart: Cart, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cart = cart
        for item in cart.items:
            price = forms.CharField(
                required=False,
                initial=item.product.current_price_cents,
                widget=forms.HiddenInput(),
            )
            self.fields[f"price_seen-{item.product_id}"] = price
            if not self.is_bound or quantity_name(item) in self.data:
                most = item.product.most if item.is_available else MAX_QUANTITY
                self.fields[quantity_name(item)] = QuantityField(
                    min_value=0, initial=min(item.quantity, most), most=most
                )

    @property
    def quantities(self) -> dict[int, int]:
        """By product id, as far as the browser sent them."""
        names = {item.product_id: quantity_name(item) for item in self.cart.items}
        return {
            product_id: self.cleaned_data[name]
            for product_id, name in names.items()
            if name in self.cleaned_data
        }

    def item_named_by(self, button: str) -> CartItem | None:
        """The item whose button of this name was pressed."""
        named = self.data.get(button, "")
        return next((item for item in self.cart.items if str(item.product_id) == named), None)

    def saw_other_prices_than(self, now: Cart) -> bool:
        """What was added in another tab since, this page did not show: it was seen there."""
        seen = self.cleaned_data.get
        return any(
            (seen(f"price_seen-{item.product_id}") or str(item.price_seen_cents))
            != str(item.product.current_price_cents)
            for item in now.available
        )

    def rows(self) -> list[tuple[CartItem, forms.BoundField | None]]:
        """The items with their fields, for the page."""
        return [
            (item, self[quantity_name(item)] if quantity_name(item) in self.fields else None)
            for item in self.cart.items
        ]


def quantity_name(item: CartItem) -> str:
    return f"quantity-{item.product_id}"


class RemovedForm(forms.Form):
    """What the cart page offers to put back."""

    removed = forms.ModelChoiceField(Product.objects.active())
    quantity = QuantityField()

    def __init__(self, cart: Cart, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cart = cart

    def clean_removed(self) -> Product:
        """The address outlives what it says: what was put back is not taken out any more."""
        product = self.cleaned_data["removed"]
        if any(item.product_id == product.pk for item in self.cart.items):
            raise forms.ValidationError("It is in the cart.")
        return product


class PriceField(MoneyField):
    """A limit of what somebody wants to pay, with or without the currency's sign."""

    def __init__(self, label: str, problem: Callable[..., str]) -> None:
        currency = settings.CURRENCY
        super().__init__(currency, partial(problem, currency=currency), required=False, label=label)
        self.widget = forms.TextInput(attrs={"inputmode": "decimal", "size": 6})

    def to_python(self, value: Any) -> int | None:
        return super().to_python(without_sign(value or "", self.currency))


class CatalogueForm(forms.Form):
    """What to show and how to sort it; what makes no sense is left out rather than refused."""

    SORTS: ClassVar = {
        "newest": ("Newest", NEWEST),
        "price-low": ("Price: low to high", ("sort_price_cents", "-pk")),
        "price-high": ("Price: high to low", ("-sort_price_cents", "-pk")),
        "best-selling": ("Best-selling", BEST_SELLING),
        "name": ("Name", ("name", "pk")),
    }
    # As staff have put the products of a category.
    OURS = "Our order"
    # "blue mug under 20"
    WITH_A_LIMIT = re.compile(
        r"(?:(?P<words>.*\S)\s+)?(?:under|below|up\s+to|less\s+than)\s+(?P<limit>.+)",
        re.IGNORECASE,
    )

    q = forms.CharField(label="Search", required=False, max_length=100, widget=forms.SearchInput())
    category = forms.TypedChoiceField(required=False, empty_value=None)
    in_stock = forms.BooleanField(label="In stock only", required=False)
    sort = forms.ChoiceField(
        label="Sort by",
        required=False,
        choices=[(value, words) for value, (words, _) in SORTS.items()],
    )

    def __init__(self, data: QueryDict, categories: tuple[Shelf, ...]) -> None:
        super().__init__(data)
        self.fields["price_from"] = PriceField("Price from", amount_problem)
        self.fields["price_to"] = PriceField("Price up to", limit_problem)
        self.categories = categories
        by_slug = {category.slug: category for category in categories}
        category_field = cast("forms.TypedChoiceField", self.fields["category"])
        category_field.choices = [(slug, str(category)) for slug, category in by_slug.items()]
        category_field.coerce = by_slug.__getitem__

    def clean(self) -> None:
        """Prices the wrong way round are turned: nothing else can have been meant."""
        lowest, highest = self.prices
        if lowest and highest and lowest > highest:
            self.cleaned_data |= {"price_from": highest, "price_to": lowest}

    @property
    def wanted(self) -> Wanted:
        asked, (lowest, highest), category = self.cleaned_data, self.prices, self.chosen
        _, order = self.SORTS[asked.get("sort") or "newest"]
        return Wanted(
            order=("position", *NEWEST) if category and not asked.get("sort") else order,
            words=looked_up(asked.get("q", "")),
            category=category.pk if category else None,
            lowest_cents=lowest or None,
            highest_cents=highest or None,
            in_stock=bool(asked.get("in_stock")),
        )

    @property
    def chosen(self) -> Shelf | None:
        """The category."""
        return self.cleaned_data.get("category")

    @property
    def heading(self) -> str:
        """What the page is called."""
        words = f"“{self.cleaned_data['q']}”" if self.cleaned_data.get("q") else ""
        return " in ".join(filter(None, (words, str(self.chosen or "")))) or "Products"

    def offer_sorts(self) -> None:
        """What comes first is what one sees who has chosen none: so it says nothing itself, and
        whoever goes on into a category sees that in its own order."""
        sorts = {value: words for value, (words, _) in self.SORTS.items()}
        first = self.OURS if self.chosen else sorts.pop("newest")
        cast("forms.ChoiceField", self.fields["sort"]).choices = {"": first} | sorts

    @property
    def prices(self) -> tuple[int | None, int | None]:
        """The lowest and the highest that were asked for."""
        return self.cleaned_data.get("price_from"), self.cleaned_data.get("price_to")

    @property
    def is_filtered(self) -> bool:
        """By more than words and a category."""
        return any((*self.prices, self.cleaned_data.get("in_stock")))

    @property
    def is_narrowed(self) -> bool:
        asked = self.cleaned_data
        return bool(asked.get("q") or asked.get("category") or self.is_filtered)

    @property
    def is_sorted(self) -> bool:
        return bool(self.cleaned_data.get("sort"))

    @property
    def filters(self) -> list[tuple[str, str]]:
        """What is asked for, in words, each with the query of the address without it."""
        asked, (lowest, highest) = self.cleaned_data, self.prices
        filters = []
        if self.chosen:
            filters.append((str(self.chosen), self.query_with(category=None)))
        if lowest or highest:
            words = price_range(lowest, highest, settings.CURRENCY)
            filters.append((words, self.query_with(price_from=None, price_to=None)))
        if asked.get("in_stock"):
            filters.append(("in stock", self.query_with(in_stock=None)))
        if asked.get("q") and filters:  # alone it has a way back already
            filters.insert(0, (f"“{asked['q']}”", self.query_with(q=None)))
        return filters

    @property
    def ways(self) -> list[tuple[Shelf | None, str]]:
        """To each category and to all products, with the same words and limits."""
        everything: tuple[Shelf | None, str] = (None, self.query_with(category=None))
        return [everything, *((c, self.query_with(category=c.slug)) for c in self.categories)]

    @property
    def without_filters(self) -> str:
        return self.query_with(price_from=None, price_to=None, in_stock=None)

    @property
    def suggestion(self) -> tuple[str, str] | None:
        """Where the words end with a price: what else to search for, and the query for it."""
        said = self.WITH_A_LIMIT.fullmatch(self.cleaned_data.get("q", ""))
        if not said:
            return None
        try:
            limit = self.fields["price_to"].clean(said["limit"])
        except forms.ValidationError:
            return None
        wanted = f"Search for “{said['words']}”" if said["words"] else "Show everything"
        words = f"{wanted} {price_range(None, limit, settings.CURRENCY)}"
        price_to = str(to_decimal(limit, settings.CURRENCY))
        return words, self.query_with(q=said["words"], price_to=price_to)

    def query_with(self, **changed: str | None) -> str:
        """What the address would say with this instead; None leaves it out."""
        query = QueryDict(mutable=True)
        query.update(self.data)
        for name, value in (changed | {"page": None, "cancelled": None}).items():
            query.pop(name, None)
            if value:
                query[name] = value
        return f"?{query.urlencode()}" if query else ""


@lru_cache(maxsize=200)
def asked_for(query: str, categories: tuple[Shelf, ...]) -> CatalogueForm:
    """The form that the address asks for, checked. Nobody changes it any more: whoever asks for
    the same again gets the same one."""
    form = CatalogueForm(QueryDict(query), categories)
    form.is_valid()
    form.offer_sorts()
    return form


def price_range(lowest: int | None, highest: int | None, currency: str) -> str:
    """In words: of two limits at least one is there."""
    ends = [format_money(end, currency) for end in (lowest, highest) if end]
    if len(ends) == 2:
        return " to ".join(ends)
    return f"{'from' if lowest else 'up to'} {ends[0]}"


class CancelledForm(forms.Form):
    """The checkout that Stripe's cancel link names."""

    cancelled = forms.UUIDField()
