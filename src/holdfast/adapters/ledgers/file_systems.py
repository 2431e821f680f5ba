"""Where a ledger file may lie: only where the kernel's own locks are kept."""

import os
from pathlib import Path

from holdfast.errors import StoreError

_NETWORK = frozenset(
    {"9p", "afs", "ceph", "cifs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
)
# A rootless container's own disk is fuse, and local.
_LOCAL_FUSE = frozenset({"fuse.fuse-overlayfs"})


def refuse_network_file_system(path: Path, mounts: Path = Path("/proc/mounts")) -> None:
    """Raises StoreError when the path lies on a network file system; where there is no list of mounts, nothing.

    SQLite's locks and shared memory are not kept between machines there: two writers would break the file.
    """
    if not mounts.exists():
        return
    place, kind = _mount_of(Path(os.path.realpath(path)), mounts.read_text(errors="replace"))
    if kind in _NETWORK or ((kind == "fuse" or kind.startswith("fuse.")) and kind not in _LOCAL_FUSE):
        raise StoreError(
            f"{path} lies on a network file system ({kind} at {place}), where the ledger's locks are not kept. "
            "Put the project on a local disk."
        )


def _mount_of(path: Path, mounts: str) -> tuple[Path, str]:
    """The mount that holds the path, and its kind; of two at one place the later covers the earlier."""
    found = (Path("/"), "")
    for line in mounts.splitlines():
        _, place, kind, *_ = line.split(" ")
        mount = Path(_unescaped(place))
        if path.is_relative_to(mount) and len(mount.parts) >= len(found[0].parts):
            found = (mount, kind)
    return found


def _unescaped(place: str) -> str:
    r"""The kernel writes a blank as `\\040`, and so on."""
    for code, sign in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        place = place.replace(code, sign)
    return place
