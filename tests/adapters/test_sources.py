"""The source port, over files, an API, SQLite and Postgres: the same rows come to count, whatever they came from."""

from pathlib import Path

import pytest
from sources_under_test import Outside, Row, morning, row

from holdfast.adapters.sources import fetched

FIRST = [row("c-1", 17, "0.10", 18), row("c-2", 17, "9999999999999999.99", 18), row('ü "x",\n\\N', 17, "-3.05", 18)]


def by_key(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda each: each[:2])


def test_rows_come_as_they_are(outside: Outside):
    """Text with quotes and line ends, money to the last place, instants and nulls: nothing is lost on the way."""
    without = ("c-3", *FIRST[0][1:2], None, FIRST[0][3], None, FIRST[0][5])
    outside.bring([*FIRST, without])

    assert outside.look(morning(18)) == [], outside.said
    assert outside.counting() == by_key([*FIRST, without])


def test_a_second_look_brings_what_is_new(outside: Outside):
    """Rows of the next day are added; a look that finds nothing new lands nothing."""
    outside.bring(FIRST)
    outside.look(morning(18))
    outside.look(morning(18, hour=4))
    assert outside.landings() == 1

    more = [row("c-1", 18, "1.00", 19), row("c-2", 18, "2.00", 19)]
    outside.bring(more)
    outside.look(morning(19))

    assert outside.counting() == by_key([*FIRST, *more])


def test_a_correction_takes_the_place_of_its_row(outside: Outside):
    """The newest version of a key counts, also when it goes back to what it was."""
    outside.bring(FIRST)
    outside.look(morning(18))
    for day, spend in ((19, "7.77"), (20, "0.10")):
        outside.bring([row("c-1", 17, spend, day)])
        outside.look(morning(day))
        assert outside.counting() == by_key([row("c-1", 17, spend, day), *FIRST[1:]])


def test_a_place_that_cannot_be_read_is_told_of(outside: Outside):
    """It is a value that names the source and what to do, it concerns the days since the last whole look, and
    those before that late rows may still change.
    """
    outside.bring(FIRST)
    outside.look(morning(18))
    outside.bring([row("c-1", 18, "1.00", 19)])
    outside.leave()

    (refused,) = outside.look(morning(20))

    assert refused.source.name == "spend"
    assert [day for day in range(10, 22) if refused.concerns(morning(day).date())] == [*range(13, 20)]
    assert "marketing_ops" in str(refused) or "Ask its contact" in str(refused)
    assert len(outside.counting()) == len(FIRST)


def test_a_renamed_column_is_refused_and_read_once_it_is_back(outside: Outside):
    """Rows that are not as the contract says never count, and none of them is lost when they are mended."""
    outside.bring(FIRST)
    outside.look(morning(18))
    outside.rename("spend", "cost")
    outside.bring([row("c-1", 18, "1.00", 19)])

    (refused,) = outside.look(morning(19))
    assert "spend (DECIMAL(18,2)) is missing" in str(refused)
    assert len(outside.counting()) == len(FIRST)

    outside.rename("cost", "spend")
    outside.bring([row("c-1", 18, "1.00", 20)])
    outside.look(morning(20))
    assert outside.counting() == by_key([*FIRST, row("c-1", 18, "1.00", 20)])


class PowerCut(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("cut", range(8))
def test_a_cut_between_file_and_progress_loses_and_doubles_nothing(outside: Outside, cut: int, monkeypatch):
    """Stopped before or after any rename of a fetch, the next look ends with the same rows as an undisturbed one."""
    rows = [row(f"c-{n}", 17, f"{n}.00", 18) for n in range(7)]
    outside.bring(rows)
    left = [cut]
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if "fetched" in str(self):
            left[0] -= 1
            if left[0] < 0:
                raise PowerCut
        return real(self, target)

    with monkeypatch.context() as broken:
        broken.setattr(fetched.Path, "replace", replace)
        try:
            outside.look(morning(18))
        except PowerCut:
            pass
    outside.look(morning(18, hour=4))

    assert outside.counting() == by_key(rows)


def test_no_secret_is_written_or_said(outside: Outside, capfd: pytest.CaptureFixture[str]):
    """Not in what is printed, nor in any file below the project, however the place refuses."""
    outside.bring(FIRST)
    outside.look(morning(18))
    said = list(outside.said)
    if outside.secret:
        outside.environ |= dict.fromkeys(outside.environ, outside.secret + "-expired")
    outside.look(morning(19))
    said += outside.said

    printed = capfd.readouterr()
    for secret in filter(None, [outside.secret]):
        assert secret not in "\n".join([*said, printed.out, printed.err])
        files = [path for path in outside.folder.rglob("*") if path.is_file()]
        assert [path for path in files if secret.encode() in path.read_bytes()] == []
