"""URLs as a team's files write them: complete, safe to send secrets to, and with none in them."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from holdfast.loading.fields import Fields


def read_url(each: Fields, key: str = "url", *, sends: str = "the secret", required: bool = True) -> str:
    """The key's URL without a slash at its end; empty, with the problem reported, when it is none.

    `sends` is what would go there in the clear. What is wrong is not repeated: it may be a secret.
    """
    written = each.anything(key)
    if written is not None and not isinstance(written, str):
        each.error(f"{key} is no https URL; write it like https://portal.example.com/metrics", key)
        return ""
    url = each.text(key, required=required)
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        host, known = parts.hostname or "", parts.port is None or parts.port > 0
    except ValueError:
        host, known = "", False
    if not host or not known or parts.scheme not in ("http", "https") or not (url.isprintable() and url.isascii()):
        each.error(f"{key} is no https URL; write it like https://portal.example.com/metrics", key)
        return ""
    if parts.username or parts.password:
        each.error(f"{key} holds a user or password; take it out, and name the secret as env:NAME or file:PATH", key)
    elif parts.query or parts.fragment:
        each.error(f"{key} has a part after '?' or '#', which is lost or may hold a secret; remove it", key)
    elif parts.scheme == "http" and not is_loopback(host):
        each.error(f"{key} sends {sends} to {host} in the clear; write https (http is for this machine alone)", key)
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
