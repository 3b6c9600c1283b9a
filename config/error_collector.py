"""Errors to a collector that speaks Sentry's protocol, where the deployer named one."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from sentry_sdk.types import Event


def report_errors_to(dsn: str) -> None:
    """What failed and where, without people: no request bodies, cookies, addresses or variables."""
    try:
        import sentry_sdk
    except ImportError as error:
        raise ImproperlyConfigured("SENTRY_DSN needs: pip install sentry-sdk") from error
    from sentry_sdk.utils import BadDsn

    try:
        sentry_sdk.init(
            dsn,
            max_request_body_size="never",
            include_local_variables=False,
            max_breadcrumbs=0,  # they hold the words of queries and of mails
            before_send=without_people,
        )
    except BadDsn as error:
        raise ImproperlyConfigured(
            "SENTRY_DSN is not an address of a collector; write it as the collector shows it."
        ) from error


def without_people(event: "Event", hint: dict[str, Any]) -> "Event":
    """The words of errors too: databases and mail servers quote addresses in them."""
    from config.log import plain

    event.pop("request", None)
    event.pop("user", None)
    for error in event.get("exception", {}).get("values", []):
        error["value"] = plain(str(error.get("value") or ""))
    if "logentry" in event:
        event["logentry"] = {"message": plain(str(event["logentry"].get("message") or ""))}
    return event
