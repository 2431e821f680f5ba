"""Whether dbt's tables hold the rows of the hand-written ones: `python compare_dbt.py DATABASE PARTS`."""

import json
import sys
from pathlib import Path

import duckdb


def main() -> None:
    """Prints table -> rows, equal or not, of every table that both have; figures dbt has none."""
    database, parts = Path(sys.argv[1]), Path(sys.argv[2])
    connection = duckdb.connect(str(database), read_only=True)
    connection.execute("SET TimeZone = 'UTC'")
    answer = {}
    for folder in sorted(parts.iterdir()):
        if folder.name.startswith("figures"):
            continue
        theirs = f"read_parquet('{folder}/*.parquet')"
        columns = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {theirs}").fetchall()]
        names = ", ".join(f'"{column}"' for column in columns)
        found = [
            connection.execute(f"SELECT count(*), sum(hash({names})) FROM {relation}").fetchone()
            for relation in (f'"{folder.name}"', theirs)
        ]
        answer[folder.name] = {"rows": found[0][0] if found[0] else 0, "equal": found[0] == found[1]}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
