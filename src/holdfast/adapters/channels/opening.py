"""Channels made from what holdfast.yml declares."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from holdfast.adapters.references import References
from holdfast.clock import Waiting
from holdfast.definitions.channel import Console, Declared, Email, RecordingFile
from holdfast.incidents.ports import Channel


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What channels need of the machine and the project."""

    project: str
    """Its name: pages of two projects are never taken for repeats of each other."""
    root: Path
    state: Path
    references: References
    waiting: Waiting
    complain: Callable[[str], None]
    """A line on standard error."""


def open_channel(declared: Declared, around: Surroundings) -> Channel:
    """The channel, without a word to anybody yet: secrets are looked up when a letter is sent."""
    if isinstance(declared, RecordingFile):
        from holdfast.adapters.channels.recording import Recording

        return Recording(declared, around.state / declared.path, around.waiting.sleep)
    if isinstance(declared, Console):
        from holdfast.adapters.channels.console import Terminal

        return Terminal(declared, around.complain)
    if isinstance(declared, Email):
        from holdfast.adapters.channels.email import Mail

        return Mail(declared, around.project, around.root, around.references)
    from holdfast.adapters.channels.webhook import Hook

    return Hook(declared, around.project, around.root, around.references, around.waiting)
