"""Paths of outputs: relative, below the destination's root, whatever a team writes."""

from pathlib import PurePosixPath

from holdfast.errors import WorldError


def confined(path: str, root: str) -> str:
    """The path as it is; WorldError when it is empty, absolute, or leads out of the root by `..`."""
    parts = PurePosixPath(path)
    # PurePosixPath drops "." and double slashes; a server may read them as other names.
    odd = {"", ".", ".."} & set(path.split("/"))
    if odd or parts.is_absolute() or "\\" in path or not path.isprintable():
        raise WorldError(f"output path {path!r} leads outside {root}; use a relative path without '..'")
    return path


_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "svg": "image/svg+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def media_type(path: str) -> str:
    """What a server tells its readers the file is. Written out: the system's own table differs between machines."""
    return _MEDIA.get(path.rpartition(".")[2].lower(), "application/octet-stream")
