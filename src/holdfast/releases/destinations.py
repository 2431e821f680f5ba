"""What deliveries need of the outside: a place that keeps files and gives them back."""

from typing import Protocol


class Destination(Protocol):
    """A place outputs are handed to. Paths are relative, with forward slashes."""

    def put(self, path: str, content: bytes) -> None:
        """The whole file or none of it; putting the same again is harmless.

        Raises StoreError when the place is full or broken, WorldError when it refuses.
        """

    def read(self, path: str) -> bytes | None:
        """The file as it is there now; none when there is none."""
