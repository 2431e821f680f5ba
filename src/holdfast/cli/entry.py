"""From arguments to an exit code: 0 fine, 1 the folder or the world is wrong, 2 usage, 70 we are wrong."""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from holdfast.cli.verbs import parser
from holdfast.errors import Bug, HoldfastError

FINE, WRONG, FAULT, INTERRUPTED = 0, 1, 70, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb; its exit code. Usage errors leave by SystemExit with 2, as argparse does."""
    arguments = parser().parse_args(argv)
    folder = Path(arguments.directory)
    arguments.opened = []
    try:
        subject, _, name = arguments.call.partition(":")
        verb = getattr(importlib.import_module(f"holdfast.cli.{subject}"), name)
        code = int(verb(arguments))
        sys.stdout.flush()
        return code
    except Bug as error:
        return _fault(error, folder)
    except HoldfastError as error:
        print(error, file=sys.stderr)
        return WRONG
    except BrokenPipeError:
        # Whoever read our output has seen enough, as `| head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except KeyboardInterrupt:
        print("Interrupted. Readers see what they saw before; run again to go on.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        return _fault(error, folder)
    finally:
        for app in arguments.opened:
            app.close()


def _fault(error: Exception, folder: Path) -> int:
    """One line for the person, the trace for whoever mends it."""
    import traceback

    text = "".join(traceback.format_exception(error))
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    trace = folder / ".holdfast" / "trace.txt"
    try:
        if not (folder / "holdfast.yml").is_file():
            raise FileNotFoundError(folder)
        trace.parent.mkdir(exist_ok=True)
        trace.write_text(text, encoding="utf-8")
        where = f"The trace is in {trace}."
    except OSError:
        where = "The trace follows."
        print(text, file=sys.stderr)
    print(f"holdfast itself is at fault: {said}. Nothing was published by this call. {where}", file=sys.stderr)
    return FAULT
