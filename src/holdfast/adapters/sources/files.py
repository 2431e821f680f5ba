"""Source files in folders: found by glob, confined to the project or to a root named in the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from holdfast.definitions.source import Source
from holdfast.errors import DefinitionError, WorldError
from holdfast.runs.run import ArrivalFile
from holdfast.runs.slices import whole_path

ENVIRONMENT = re.compile(r"env:([A-Z][A-Z0-9_]*)(?:/(.*))?$")
ARRIVAL = re.compile(r"(?:^|/)loaded_on=(\d{4}-\d{2}-\d{2})/")


@dataclass(frozen=True, slots=True)
class FileSources:
    """Finds the files of sources below the project folder, or below a root that a source names."""

    project_root: Path
    environ: Mapping[str, str]
    working_directory: Path

    def root_and_pattern(self, source: Source) -> tuple[Path, str]:
        """The folder a source may read below, and its glob below that. Raises when it would reach outside."""
        found = ENVIRONMENT.match(source.location)
        if found:
            name, pattern = found.group(1), found.group(2) or ""
            value = self.environ.get(name)
            if not value:
                raise WorldError(
                    f"{source.file}: source '{source.name}' reads below ${name}, which is not set. "
                    f"Set it to the folder that holds the data, e.g. {name}=../shared/data."
                )
            root = (self.working_directory / value).resolve()
        else:
            root, pattern = self.project_root.resolve(), source.location
        if pattern.startswith("/") or ".." in Path(pattern).parts:
            raise DefinitionError(
                f"{source.file}:{source.line}: path '{source.location}' leaves the project folder. "
                "Use a path below it, or a root from the environment: env:NAME/..."
            )
        return root, pattern

    def arrivals(self, source: Source) -> list[ArrivalFile]:
        """Every file the source shows, oldest arrival first, then path.

        A file of a source with `arrival: data` has arrived on date.min until it is landed, when its newest
        row tells; one whose rows tell is shown whole, and the lander cuts it. Raises WorldError when the folder is missing.
        """
        root, pattern = self.root_and_pattern(source)
        if not root.is_dir():
            raise WorldError(f"{source.file}: source '{source.name}' reads below {root}, which is not a folder.")
        files, inside = [], len(str(root)) + 1
        for path in _matching(root, pattern, source):
            name = path[inside:]
            found = ARRIVAL.search(name)
            if source.arrival == "path" and not found:
                continue
            is_link = os.path.islink(path) or os.path.islink(os.path.dirname(path))
            if is_link and not Path(path).resolve().is_relative_to(root):
                raise WorldError(f"{path}: leads outside {root}. Holdfast does not follow it.")
            arrived_on = date.fromisoformat(found.group(1)) if found else date.min
            stat = os.stat(path)
            files.append(ArrivalFile(source.name, name, arrived_on, stat.st_size, stat.st_mtime_ns))
        return sorted(files, key=lambda file: (file.arrived_on, file.path))

    def absolute(self, source: Source, path: str) -> Path:
        """Where a file found by `arrivals`, or a slice of it, is."""
        return self.root_and_pattern(source)[0] / whole_path(path)


def _matching(root: Path, pattern: str, source: Source) -> list[str]:
    if any(sign in pattern for sign in "*?["):
        return [str(path) for path in root.glob(pattern) if path.is_file()]
    folder = root / pattern
    if not folder.resolve().is_relative_to(root):
        raise WorldError(f"{folder}: leads outside {root}. Holdfast does not follow it.")
    if folder.is_file():
        return [str(folder)]
    if not folder.is_dir():
        raise WorldError(
            f"{source.file}: source '{source.name}' reads {folder}, which is not there. "
            "Ask its contact whether it moved, or change `path`; nothing is published meanwhile."
        )
    suffix = f".{source.format}"
    if source.arrival != "path":
        return [str(path) for path in folder.iterdir() if path.suffix == suffix]
    # scandir twice, not rglob: a source has a folder a day, and a run looks at all of them.
    found = []
    with os.scandir(folder) as days:
        for day in days:
            if day.name.startswith("loaded_on=") and day.is_dir():
                with os.scandir(day.path) as entries:
                    found += [entry.path for entry in entries if entry.name.endswith(suffix)]
    return found
