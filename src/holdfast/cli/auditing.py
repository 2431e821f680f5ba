"""The verb audit: who did what."""

import json
from argparse import Namespace

from holdfast.cli.opening import app_of
from holdfast.cli.telling import width
from holdfast.errors import DefinitionError
from holdfast.releases.spelling import instant
from holdfast.releases.text_table import aligned


def audit(arguments: Namespace) -> int:
    """Every act of a person, newest first."""
    if arguments.limit < 1:
        raise DefinitionError(f"--limit {arguments.limit}: give a number from 1.")
    lines = app_of(arguments).ledger.audited(arguments.limit)
    if arguments.json:
        objects = [{"at": instant(at), "by": by, "verb": verb, "text": text} for at, by, verb, text in lines]
        print(json.dumps(objects, ensure_ascii=False, indent=2))
        return 0
    rows = [(f"{at:%Y-%m-%d %H:%M:%S}", by, verb, text) for at, by, verb, text in lines]
    print("\n".join(aligned(("at (UTC)", "by", "verb", ""), rows, width=width())) if rows else "Nobody has done anything yet.")
    return 0
