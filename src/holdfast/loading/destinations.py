"""Destinations: `destinations.yml` read into values."""

import re

from holdfast.definitions.destination import Bucket, Declared, LocalFolder, Portal
from holdfast.definitions.source import Secret
from holdfast.loading.addresses import read_url
from holdfast.loading.documents import Document
from holdfast.loading.fields import Fields
from holdfast.loading.folder import ENVIRONMENT_ROOT, Folder
from holdfast.loading.problems import Problems
from holdfast.loading.references import read_secret

DESTINATIONS_FILE = "destinations.yml"
KINDS = ("folder", "s3", "portal")
INNER = "outputs/"
"""Outputs in the project's own folder are written below .holdfast/, into folders that begin so."""
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9-]+")
_NOTHING = Secret("")


def read_destinations(document: Document, folder: Folder, problems: Problems) -> dict[str, Declared]:
    """Every destination of the file by name; what is wrong with one is reported, and its name counts as known."""
    top = Fields(document, problems)
    found = {name: _destination(name, each, folder) for name, each in top.sections("destinations", required=True)}
    top.done()
    return found


def _destination(name: str, each: Fields, folder: Folder) -> Declared:
    kind = each.one_of("kind", KINDS, required=True)
    if kind == "s3":
        return _bucket(name, each, folder)
    if kind == "portal":
        url, token = read_url(each), read_secret(each, "token", folder)
        each.done()
        return Portal(name, url, token or _NOTHING, each.file)
    if kind == "folder":
        return _folder(name, each, folder)
    # Of an unknown kind nobody knows which other keys are right.
    each.done(each.data)
    return LocalFolder(name, "", each.file)


def _folder(name: str, each: Fields, folder: Folder) -> LocalFolder:
    path = each.text("path", required=True)
    outside = folder.why_outside(path) if path else None
    if outside:
        each.error(outside, "path")
    elif path and not path.startswith((INNER, ENVIRONMENT_ROOT)):
        each.error(
            f"'path' is '{path}', expected a folder below {INNER} or one of the environment; "
            f"write {INNER}{name}, or env:NAME",
            "path",
        )
    each.done()
    return LocalFolder(name, path, each.file)


def _bucket(name: str, each: Fields, folder: Folder) -> Bucket:
    bucket, region, prefix = each.text("bucket", required=True), each.text("region", required=True), each.text("prefix")
    if bucket and (not _BUCKET.fullmatch(bucket) or ".." in bucket):
        each.error(f"bucket is '{bucket}', expected 3 to 63 lower-case letters, digits, dots and dashes; correct it", "bucket")
    if region and not _REGION.fullmatch(region):
        each.error(f"region is '{region}', expected a name such as eu-west-2; correct it", "region")
    if prefix and ("" in prefix.split("/") or {".", ".."} & set(prefix.split("/"))):
        each.error(f"prefix is '{prefix}', expected names with a slash between, such as team/metrics; correct it", "prefix")
    found = Bucket(
        name=name,
        url=read_url(each),
        bucket=bucket,
        region=region,
        access_key=read_secret(each, "access_key", folder) or _NOTHING,
        secret_key=read_secret(each, "secret_key", folder) or _NOTHING,
        prefix=prefix,
        path_style=each.flag("path_style", default=True),
        file=each.file,
    )
    each.done()
    return found
