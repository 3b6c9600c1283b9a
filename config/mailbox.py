"""Whom mails come from, written as headers of mails want it."""

import re
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import unquote
from ipaddress import ip_address


def ascii_host(host: str) -> str:
    """münchen.example as browsers and mail servers send it; unchanged if no name of a host."""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def mail_domain(host: str) -> str:
    """The host as it stands after an @."""
    try:
        return f"[IPv6:{host}]" if ip_address(host).version == 6 else host
    except ValueError:
        return ascii_host(host)


def mailbox(name: str, address: str) -> str:
    """Name and address in one header, quoted where the name needs it.

    What cannot be an address is left as it is: a system check says so.
    """
    local, at, host = address.rpartition("@")
    try:
        return str(Address(display_name=name, addr_spec=f"{local}{at}{mail_domain(host)}"))
    except (ValueError, IndexError, HeaderParseError):
        return f"{name} <{address}>"


def quoted(header: str) -> str:
    """A mailbox as people write it, with the quotes that its name needs."""
    parts = re.fullmatch(r"(.*?)\s*<([^<>]*)>", header.strip())
    if not parts:
        return header
    name, address = parts.groups()
    return mailbox(unquote(name) if name[:1] == '"' else name, address)
