"""A file of JSON lines as channel: each letter one line, written at once and synced."""

import fcntl
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from holdfast.adapters.channels.declared import Way
from holdfast.adapters.channels.written import record_of
from holdfast.definitions.channel import RecordingFile
from holdfast.incidents.ports import Letter, Unsent, Unsure

_ENDS_OF_LINES = {each: f"\\u{each:04x}" for each in (0x85, 0x2028, 0x2029)}
"""JSON leaves them as they are, and many a reader takes them for the end of a line."""


@dataclass(frozen=True, slots=True)
class Recording(Way):
    """Appends to `path`, which is made with its folder when the first letter comes."""

    declared: RecordingFile
    path: Path
    sleep: Callable[[float], None]
    """Seconds; for `delay_s`."""

    def send(self, letter: Letter) -> str:
        """The line's place, as PATH:BYTE."""
        said = json.dumps(record_of(letter, self.name), ensure_ascii=False).translate(_ENDS_OF_LINES)
        line = said.encode("utf-8", "replace") + b"\n"
        if self.declared.delay_s:
            self.sleep(self.declared.delay_s)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        except OSError as error:
            raise Unsent(f"{self.path} cannot be opened ({error.strerror})") from error
        try:
            return f"{self.declared.path}:{_append(file, line)}"
        except OSError as error:
            raise Unsure(f"{self.path} cannot be written ({error.strerror})") from error
        finally:
            os.close(file)


def _append(file: int, line: bytes) -> int:
    """Where the line begins, once it is on the disk."""
    # Letters are handed over side by side: between the look at the last line and the write nobody else writes. The
    # lock is kept until the file is closed: beside a line that is being written, it seems to end in the middle of one.
    fcntl.flock(file, fcntl.LOCK_EX)
    begins = os.fstat(file).st_size
    if begins and os.pread(file, 1, begins - 1) != b"\n":
        # A crash cut the last line short: what comes next must not be lost in it.
        os.write(file, b"\n")
        begins += 1
    if os.write(file, line) < len(line):
        raise OSError(None, "the disk took a part of the line")
    os.fsync(file)
    return begins
