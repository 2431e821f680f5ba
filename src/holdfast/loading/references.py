"""Secrets as a team's files name them: by reference, never themselves, and until when they work."""

import re
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from holdfast.definitions.channel import Expiring
from holdfast.definitions.source import Secret
from holdfast.loading.fields import Fields
from holdfast.loading.folder import Folder

_ENVIRONMENT = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*")


def read_secret(section: Fields, key: str, folder: Folder) -> Secret | None:
    """The reference at that key; None, with the problem reported, when it is missing or none.

    Written as `env:NAME` or `file:PATH`, or with its last day as `{from: env:NAME, expires_on: 2027-01-31}`.
    Whatever else stands there is not repeated, for it may be the secret itself.
    """
    if not isinstance(section.data.get(key), dict):
        return _reference(section, key, folder)
    below = section.section(key, required=True)
    assert below is not None
    found, until = _reference(below, "from", folder, needed_by=key), below.day("expires_on", required=True)
    below.done()
    return replace(found, expires_on=until) if found else None


def _reference(section: Fields, key: str, folder: Folder, needed_by: str = "") -> Secret | None:
    given = section.anything(key)
    written = section.text(key, required=True) if given is None or isinstance(given, str) else "?"
    if not written:
        return None
    if _ENVIRONMENT.fullmatch(written):
        return Secret(written)
    path = written.removeprefix("file:")
    if path == written or not path:
        section.error(
            f"{needed_by or key} is no reference; write env:NAME or file:PATH, and keep the secret itself out of this file", key
        )
        return None
    outside = "it names the environment" if path.startswith("env:") else folder.why_outside(path)
    if outside:
        section.error(f"{needed_by or key}: {outside}; name a file below the project folder", key)
        return None
    return Secret(written)


def expiring_of(holders: Iterable[tuple[str, Any]]) -> tuple[Expiring, ...]:
    """Every secret with a last day among the fields of these dataclasses; each holder with its name for people."""
    found = []
    for used_by, holder in holders:
        for field in fields(holder):
            value = getattr(holder, field.name)
            if isinstance(value, Secret) and value.expires_on:
                found.append(Expiring(value, value.expires_on, used_by))
    return tuple(found)
