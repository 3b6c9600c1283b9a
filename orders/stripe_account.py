"""Whether Stripe's account, key and webhook endpoint fit this shop. Nothing is changed there."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse

from config.checks import is_public
from orders.events import HANDLERS
from shop.clock import wrong_clock
from shop.countries import SHIPPING_COUNTRIES, code_meant
from shop.money import CURRENCIES
from shop.payments import API_VERSION, ask, is_live
from shop.stripe_objects import Reply

# What the shop asks Stripe for. Reading is tried with a list of one or an unknown thing; writing
# with an act on an unknown thing, which Stripe refuses to everybody: with 403 only where the key
# may not do it at all.
PERMISSIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "Checkout Sessions: write": ("post", "/v1/checkout/sessions/cs_{mode}_doesnotexist/expire", {}),
    "Checkout Sessions: read": ("get", "/v1/checkout/sessions", {"limit": 1}),
    "Refunds: write": ("post", "/v1/refunds", {"payment_intent": "pi_doesnotexist"}),
    "Refunds: read": ("get", "/v1/refunds", {"limit": 1}),
    "Payment Intents: read": ("get", "/v1/payment_intents/pi_doesnotexist", {}),
    "Charges: read": ("get", "/v1/charges/ch_doesnotexist", {}),
    "Shipping Rates: read": ("get", "/v1/shipping_rates/shr_doesnotexist", {}),
    "Disputes: read": ("get", "/v1/disputes", {"limit": 1}),
    "Events: read": ("get", "/v1/events", {"limit": 1}),
    "Customers: write": ("post", "/v1/customers/cus_doesnotexist", {}),
    "Radar's early fraud warnings: read": ("get", "/v1/radar/early_fraud_warnings", {"limit": 1}),
}


class Finding(NamedTuple):
    mark: str  # ok, note or problem
    words: str


def ok(words: str) -> Finding:
    return Finding("ok", words)


def note(words: str) -> Finding:
    return Finding("note", words)


def problem(words: str) -> Finding:
    return Finding("problem", words)


def findings() -> Iterator[Finding]:
    """All that was looked at, one after the other; an odd answer does not hide the rest."""
    yield from settings_fit()
    if not (settings.STRIPE_SECRET_KEY or settings.STRIPE_SIMULATED):
        yield problem("STRIPE_SECRET_KEY is not set: copy the secret key from Stripe's dashboard.")
        return
    account = ask("get", "/v1/account")
    yield from carefully("clock", lambda: clock(account))
    if not account.status:
        yield problem(
            "Stripe did not answer. Look whether this machine may reach "
            f"{settings.STRIPE_API_BASE}, and try again."
        )
    elif account.status == 401:
        yield problem(
            "Stripe does not know the key in STRIPE_SECRET_KEY. Copy it again from the dashboard; "
            "it may have been rolled or deleted."
        )
    else:
        yield ok("Stripe knows the key.")
        yield from carefully("account", lambda: account_fits(account))
        yield from carefully("permissions", permissions)
        yield from carefully("webhook", webhook)
        yield from carefully("tax", tax)


def carefully(what: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    # An answer of another form than Stripe promises: it is said, and the next question is asked.
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        yield problem(f"Stripe's answer about the {what} makes no sense: {type(error).__name__}.")


def settings_fit() -> Iterator[Finding]:
    """What can be said without asking Stripe."""
    public = is_public(settings.SITE_HOST)
    if settings.STRIPE_SIMULATED:
        yield note("Payments are simulated: the simulator answers, not Stripe.")
    elif is_live() and not public:
        yield problem(
            f"The key moves real money, but Stripe's events cannot reach {settings.SITE_URL}: "
            "set SITE_URL to the public address of the shop, or use a test key."
        )
    elif not is_live() and public:
        yield note(f"A test key serves {settings.SITE_URL}: orders are made, no money moves.")
    elif settings.STRIPE_SECRET_KEY:
        yield ok(f"The key is a {'live' if is_live() else 'test'} key, as suits the address.")
    if settings.CURRENCY in CURRENCIES:
        yield ok(f"Stripe takes payments in {settings.CURRENCY.upper()}.")
    else:
        yield problem(f"Stripe takes no payments in {settings.CURRENCY!r}: change CURRENCY.")
    unknown = [
        code for code in settings.STRIPE_SHIPPING_COUNTRIES if code not in SHIPPING_COUNTRIES
    ]
    for code in unknown:
        instead = code_meant(code)
        advice = f"write {instead}" if instead else "take it out of STRIPE_SHIPPING_COUNTRIES"
        yield problem(f"Stripe takes no addresses in {code!r}: {advice}.")
    if settings.STRIPE_SHIPPING_COUNTRIES and not unknown:
        yield ok(f"Addresses are asked for in {', '.join(settings.STRIPE_SHIPPING_COUNTRIES)}.")
    if settings.STRIPE_WEBHOOK_SECRET:
        yield ok("The secret of a webhook endpoint is set.")
    else:
        yield problem(
            "STRIPE_WEBHOOK_SECRET is not set, so every event is refused: copy the endpoint's "
            "signing secret from Stripe's dashboard, or from `stripe listen`."
        )


def clock(reply: Reply) -> Iterator[Finding]:
    if not reply.clock:
        return
    if reason := wrong_clock(reply.clock):
        yield problem(reason)
    else:
        yield ok("This machine's clock agrees with Stripe's.")


def account_fits(account: Reply) -> Iterator[Finding]:
    if account.error:
        yield unanswered(account, "account", "look there whether payments are switched on")
        return
    if account.data.get("charges_enabled"):
        yield ok(f"Account {shown(account.data.get('id'))} may take payments.")
    elif is_live():
        yield problem("The account may not take payments yet: finish its activation at Stripe.")
    else:
        yield note("The account may not take real payments yet; test payments work.")
    pays_out = shown(account.data.get("default_currency")).lower()
    if pays_out and pays_out != settings.CURRENCY:
        yield note(
            f"Prices are in {settings.CURRENCY.upper()}, the account is paid out in "
            f"{pays_out.upper()}: Stripe converts, for a fee."
        )


def permissions() -> Iterator[Finding]:
    """Only a restricted key can lack one."""
    if not settings.STRIPE_SECRET_KEY.startswith("rk_"):
        return
    for name, (method, path, params) in PERMISSIONS.items():
        reply = ask(method, path.format(mode="live" if is_live() else "test"), **params)
        if reply.is_allowed:
            yield ok(f"The key is allowed {name}.")
        elif reply.status == 403:
            yield problem(
                f"The key is not allowed {name}. Allow it in Stripe's dashboard, under API keys."
            )
        else:
            yield problem(f"Whether the key is allowed {name} is not clear: {outcome(reply)}.")


def webhook() -> Iterator[Finding]:
    url = settings.SITE_URL + reverse("orders:stripe-webhook")
    reply = ask("get", "/v1/webhook_endpoints", limit=100)
    if reply.error:
        yield unanswered(reply, "webhook endpoints", f"look there for one at {url}")
        return
    same = [item for item in reply.items if str(item.get("url")).rstrip("/") == url.rstrip("/")]
    enabled = [item for item in same if item.get("status") == "enabled"]
    if not same and not is_public(settings.SITE_HOST):
        yield note(
            f"Stripe cannot reach {settings.SITE_URL}: forward its events with `stripe listen`."
        )
    elif not same:
        yield problem(f"No webhook endpoint sends to {url}: add one in Stripe's dashboard.")
    elif not enabled:
        yield problem(f"The webhook endpoint {url} is switched off: switch it on at Stripe.")
    elif len(enabled) > 1:
        yield problem(
            f"{len(enabled)} webhook endpoints send to {url}, each with a secret of its own: "
            "delete all but the one whose secret is in STRIPE_WEBHOOK_SECRET."
        )
    for endpoint in enabled:
        yield from endpoint_fits(endpoint)


def endpoint_fits(endpoint: dict[str, Any]) -> Iterator[Finding]:
    sent = endpoint.get("enabled_events") or []
    missing = [] if "*" in sent else sorted(set(HANDLERS) - set(sent))
    if missing:
        yield problem(f"The webhook endpoint does not send {', '.join(missing)}: add them.")
    else:
        yield ok("The webhook endpoint is on and sends every event that the shop reads.")
    version = shown(endpoint.get("api_version")) or "the account's own"
    if version == API_VERSION:
        yield ok(f"Its API version is {API_VERSION}, as the shop's.")
    else:
        yield problem(
            f"The webhook endpoint's API version is {version}, the shop's is {API_VERSION}: make "
            "the endpoint anew with that version, set its secret, and delete the old one."
        )


def tax() -> Iterator[Finding]:
    if not settings.STRIPE_AUTOMATIC_TAX:
        return
    reply = ask("get", "/v1/tax/settings")
    if reply.error:
        yield unanswered(reply, "tax settings", "look there whether Stripe Tax is active")
    elif reply.data.get("status") == "active":
        yield ok("Stripe Tax is set up.")
    else:
        details = (reply.data.get("status_details") or {}).get("pending") or {}
        lacking = ", ".join(shown(name) for name in details.get("missing_fields") or [])
        yield problem(
            "STRIPE_AUTOMATIC_TAX is on, but Stripe Tax is not set up"
            f"{f' (it lacks {lacking})' if lacking else ''}: finish it in Stripe's dashboard, or "
            "switch the setting off."
        )


def unanswered(reply: Reply, what: str, advice: str) -> Finding:
    """A key need not see everything; where Stripe failed, it has to be asked again."""
    if reply.status == 403:
        return note(f"The key may not see the {what} in Stripe's dashboard: {advice}.")
    return problem(f"Stripe did not tell about the {what}: {outcome(reply)}.")


def outcome(reply: Reply) -> str:
    status = f"it answered {reply.status} ({shown(reply.error)})" if reply.status else "no answer"
    return f"{status}; try again later"


def shown(value: Any) -> str:
    """What Stripe said, short enough for a line."""
    return str(value or "")[:80]
