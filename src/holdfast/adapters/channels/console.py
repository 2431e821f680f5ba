"""Standard error of whoever runs the pager as channel."""

from collections.abc import Callable
from dataclasses import dataclass

from holdfast.adapters.channels.declared import Way
from holdfast.adapters.channels.written import target_of
from holdfast.definitions.channel import Console
from holdfast.incidents.ports import Letter, Unsent


@dataclass(frozen=True, slots=True)
class Terminal(Way):
    """Says each letter in lines of its own, with nothing in them that a terminal would obey."""

    declared: Console
    say: Callable[[str], None]

    def send(self, letter: Letter) -> str:
        kind = "page" if letter.wakes else "message"
        head = f"{letter.at:%Y-%m-%d %H:%M} UTC, {kind} to {target_of(letter)}: {letter.subject}"
        lines = [head, *(f"    {line}" for each in letter.lines for line in each.splitlines() or [""])]
        try:
            self.say("\n".join(_harmless(line) for line in lines))
        except (OSError, ValueError) as error:
            raise Unsent(f"standard error takes nothing ({type(error).__name__})") from error
        return ""


def _harmless(line: str) -> str:
    """The line without escape sequences: a name in the data must not move the cursor or rename the window."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line)
