"""backup, restore, ledger check."""

import shutil


def everything(holdfast, folder):
    """What readers and auditors see."""
    figures = holdfast("sql", "-C", folder, "SELECT * FROM figure_history ORDER BY ALL", "--limit", "1000000", "--csv")
    assert figures.code == 0
    return figures.out, holdfast("status", "-C", folder, "--json").out


def test_a_backup_restored_reads_the_same(holdfast, project, tmp_path):
    """Figures with their history, status, outputs and receipts are those of before; the next run owes nothing."""
    before, outputs = everything(holdfast, project), sorted((project / ".holdfast/outputs").rglob("*.*"))
    assert holdfast("backup", "-C", project, tmp_path / "b.tar").code == 0
    shutil.rmtree(project / ".holdfast")

    restored = holdfast("restore", "-C", project, tmp_path / "b.tar")

    assert restored.code == 0, restored.err
    assert everything(holdfast, project) == before
    assert sorted((project / ".holdfast/outputs").rglob("*.*")) == outputs
    assert holdfast("verify", "-C", project, "aggregate_profit", "2025-10").code == 0
    assert holdfast("run", "-C", project).out == "Nothing is due.\n"


def test_the_same_state_is_backed_up_as_the_same_bytes(holdfast, project, tmp_path):
    """Two backups with nothing between them differ in nothing."""
    holdfast("backup", "-C", project, tmp_path / "one.tar")
    holdfast("backup", "-C", project, tmp_path / "two.tar")

    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_a_restore_never_overwrites_a_state(holdfast, project, tmp_path):
    """A project that has a state keeps it."""
    holdfast("backup", "-C", project, tmp_path / "b.tar")
    before = everything(holdfast, project)

    answer = holdfast("restore", "-C", project, tmp_path / "b.tar")

    assert answer.code == 1 and "without a state" in answer.err
    assert everything(holdfast, project) == before


def test_a_damaged_backup_restores_nothing(holdfast, project, tmp_path):
    """A byte flipped in the middle is found by its checksum."""
    file = tmp_path / "b.tar"
    holdfast("backup", "-C", project, file)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    shutil.rmtree(project / ".holdfast")

    answer = holdfast("restore", "-C", project, file)

    assert answer.code == 1 and "Nothing was restored" in answer.err
    assert not (project / ".holdfast/ledger.db").exists()


def test_a_backup_of_nothing_is_refused(holdfast, fresh, tmp_path):
    """Without a run there is nothing to keep."""
    answer = holdfast("backup", "-C", fresh, tmp_path / "b.tar")

    assert answer.code == 1 and "nothing to back up" in answer.err and not (tmp_path / "b.tar").exists()


def test_ledger_check_names_missing_files(holdfast, project):
    """Whole: 0. A part gone: 1, and which."""
    assert holdfast("ledger", "check", "-C", project).code == 0
    part = next((project / ".holdfast/store/investors/parts/fact_orders").glob("*.parquet"))
    part.unlink()

    answer = holdfast("ledger", "check", "-C", project)

    assert answer.code == 1 and part.name in answer.err and "1 missing" in answer.out


def test_a_ledger_that_is_none_is_found(holdfast, project):
    """Overwritten with text: an error that says what to do."""
    (project / ".holdfast/ledger.db").write_text("no ledger" * 1000)

    answer = holdfast("ledger", "check", "-C", project)

    assert answer.code == 1 and "ledger" in answer.err and answer.err.count("\n") <= 2
