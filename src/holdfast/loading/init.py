"""The reference team's folder, written for a new project."""

import shutil
from datetime import date
from pathlib import Path

from holdfast.calendars import standard_periods
from holdfast.errors import DefinitionError
from holdfast.loading.calendar import write_calendar

REFERENCE = Path(__file__).with_name("reference")
FIRST_ON, LAST_ON = date(2025, 9, 1), date(2027, 12, 31)
"""The reference calendar's span; weeks and quarters that touch it are whole."""
_MAY_BE_THERE = {"data", "truth", "company.json"}
"""What a generated company has written before its team's folder comes beside it."""


def write_reference(folder: Path, *, name: str, demo: bool) -> None:
    """Write the reference team's folder: settings, calendar, team, sources and pipelines.

    Raises DefinitionError when the folder holds anything beside generated data, and then writes nothing.
    """
    there = sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []
    strange = [each for each in there if each not in _MAY_BE_THERE]
    if folder.exists() and not folder.is_dir():
        raise DefinitionError(f"{folder} is a file, expected a folder to write into; give another path")
    if strange:
        raise DefinitionError(
            f"{folder} is not empty (it holds {', '.join(strange[:3])}); give a new folder, nothing was written"
        )
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(REFERENCE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    (folder / "calendar.csv").write_text(write_calendar(standard_periods(FIRST_ON, LAST_ON)), encoding="utf-8")
    (folder / ".gitignore").write_text(".holdfast/\ndata/\n", encoding="utf-8")
    # Last: a folder without it is no project, so a copy that was cut short is never taken for one.
    (folder / "holdfast.yml").write_text(_settings(name, demo), encoding="utf-8")


def _settings(name: str, demo: bool) -> str:
    quoted = "'" + name.replace("'", "''") + "'"
    return (
        f"name: {quoted}\n"
        "currency: GBP            # of every figure\n"
        "zone: Europe/London      # a business day runs from midnight to midnight here\n"
        f"clock: {'data  ' if demo else 'system'}            # data: now is 03:00 UTC of the newest arrival day\n"
        f"demo: {'true ' if demo else 'false'}              # true: --as NAME counts as that person\n"
        "business_days: GB-ENG    # whose bank holidays move a deadline\n"
        "channels:                # how people are reached, tried in this order; those that wake first for pages\n"
        "  pages: {kind: file, path: pages.jsonl, wakes: true}   # .holdfast/pages.jsonl, one line a message\n"
        "  # mail: {kind: email, host: smtp.example.com, from: pager@example.com, user: pager, password: env:SMTP_PASSWORD}\n"
        "  # hook: {kind: webhook, url: 'https://pages.example.com/in', secret: env:HOOK_SECRET, wakes: true}\n"
        "pager:\n"
        "  room: '#data-eng-alerts'   # told of every incident\n"
        "  # ping: env:PING_URL       # the dead man's switch: asked as long as no page is overdue\n"
    )
