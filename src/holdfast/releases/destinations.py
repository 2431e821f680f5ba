"""What deliveries need of the outside: a place that keeps files and gives them back."""

from typing import Protocol


class Destination(Protocol):
    """A place outputs are handed to. Paths are relative, with forward slashes.

    A failure that may pass is tried again inside, for a bounded time in each run; what is raised stays for this run.
    """

    def put(self, path: str, content: bytes, version: str = "") -> None:
        """The whole file or none of it; putting the same again is harmless.

        `version` names this content of this path for ever: a place that counts versions counts it once.
        Raises StoreError when the place is full or broken, WorldError when it refuses, cannot be reached, or the
        file was changed by somebody else since it was read here.
        """

    def read(self, path: str) -> bytes | None:
        """The file as it is there now; none when there is none."""
