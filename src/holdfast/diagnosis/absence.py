"""Whether rows of a source should be there, and are not."""

from collections.abc import Mapping
from datetime import date, datetime

from holdfast.calendars import starts_at
from holdfast.definitions.source import Source
from holdfast.diagnosis.deadlines import Due
from holdfast.partitions import ONE_DAY, Interval

USUAL = 28
"""Days with rows expected that say whether a source has rows every day."""
LEAST = 5
"""Fewer such days say nothing."""


def absent_days(source: Source, rows: Mapping[date, int], known_from: date, newest: date) -> list[date]:
    """Days without a row of a source that has rows every day, oldest first; days on which it is closed are left out.

    Whether it has rows every day is told by the days before: all but one in twenty of them had some. A source that
    is quiet now and then is never late by this rule; its contract and the checks say what is wrong with it.
    """
    begun = min((day for day, count in rows.items() if count), default=None)
    if begun is None or begun > newest:
        return []
    before: list[bool] = []
    absent = []
    for day in source.expects(Interval(max(begun, known_from), newest + ONE_DAY)):
        is_there = rows.get(day, 0) > 0
        usual = before[-USUAL:]
        if not is_there and len(usual) >= LEAST and usual.count(False) * 20 <= len(usual):
            # Not counted as usual: a week without rows would make the source a quiet one, and all well.
            absent.append(day)
        else:
            before.append(is_there)
    return absent


def promised_at(source: Source, day: date, due: Due) -> datetime:
    """When the source's rows of the day should be there, by its contract."""
    return starts_at(day + ONE_DAY, due.zone) + source.arrives_within
