"""Secrets as a team's files name them: by reference, never themselves."""

import re

from holdfast.definitions.source import Secret
from holdfast.loading.fields import Fields
from holdfast.loading.folder import Folder

_ENVIRONMENT = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*")


def read_secret(section: Fields, key: str, folder: Folder) -> Secret | None:
    """The reference at that key; None, with the problem reported, when it is missing or none.

    Whatever else stands there is not repeated, for it may be the secret itself.
    """
    written = section.text(key, required=True)
    if not written:
        return None
    if _ENVIRONMENT.fullmatch(written):
        return Secret(written)
    path = written.removeprefix("file:")
    if path == written or not path:
        section.error(f"{key} is no reference; write env:NAME or file:PATH, and keep the secret itself out of this file", key)
        return None
    outside = "it names the environment" if path.startswith("env:") else folder.why_outside(path)
    if outside:
        section.error(f"{key}: {outside}; name a file below the project folder", key)
        return None
    return Secret(written)
