"""The Stripe account itself: what a shop asks for to see whether it is set up right."""

from typing import Any
from urllib.parse import urljoin

from django.conf import settings

from . import objects, store
from .delivery import WEBHOOK_PATH
from .store import Document, Store


def set_account(**fields: Any) -> None:
    """Change fields of the account, such as `default_currency`, `country`, `charges_enabled`."""
    _change("account", fields)


def set_tax_settings(**fields: Any) -> None:
    """Change fields of the account's tax settings; `status` is `active` or `pending`.

    While they are pending, a session with automatic tax is refused.
    """
    _change("tax_settings", fields)


def set_webhook_endpoints(*endpoints: Document) -> None:
    """Say which endpoints the account has: each {"url": ...}, or more fields of Stripe's.

    What stays unsaid is as it should be. It changes nothing in where events go.
    """
    with store.transaction() as db:
        db.set_switch("webhook_endpoints", endpoints)


def restrict_key(permissions: dict[str, str] | None) -> None:
    """Let the key do only this: {"refunds": "write", "checkout/sessions": "read"}.

    The names are the paths below /v1/; `write` includes `read`; everything else answers 403. None
    makes it a key for everything again.
    """
    with store.transaction() as db:
        db.set_switch("key_permissions", permissions)


def account(db: Store) -> Document:
    return objects.new("account", "") | {"id": "acct_1Simulated"} | db.switch("account", {})


def balance(db: Store) -> Document:
    nothing = {"amount": 0, "currency": account(db)["default_currency"]}
    funds = [nothing | {"source_types": {"card": 0}}]
    return {"object": "balance", "available": funds, "livemode": False, "pending": funds}


def tax_settings(db: Store) -> Document:
    changes = db.switch("tax_settings", {})
    status = changes.get("status", "active")
    details = {"active": {}, "pending": {"missing_fields": ["head_office"]}}
    return objects.SHAPES["tax.settings"] | {"status_details": {status: details[status]}} | changes


def webhook_endpoints(db: Store) -> list[Document]:
    ours = {"url": urljoin(settings.SITE_URL, WEBHOOK_PATH)}
    return [
        objects.new("webhook_endpoint", "we_1") | {"api_version": objects.API_VERSION} | given
        for given in db.switch("webhook_endpoints", [ours])
    ]


def _change(name: str, fields: Document) -> None:
    with store.transaction() as db:
        db.set_switch(name, db.switch(name, {}) | fields)
