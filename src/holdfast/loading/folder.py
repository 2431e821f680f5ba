"""The team's folder as files: what lies in it, read as text, and never anything outside it."""

from pathlib import Path, PurePosixPath

from holdfast.loading.problems import Problems

ENVIRONMENT_ROOT = "env:"


class Folder:
    """The project folder. Paths are relative to it, with forward slashes, as problems print them."""

    def __init__(self, root: Path, problems: Problems) -> None:
        self.root = root.absolute()
        self._real = self.root.resolve()
        self._problems = problems

    def has(self, path: str) -> bool:
        """Whether a file or folder of that path exists."""
        return (self.root / path).exists()

    def files(self, folder: str, suffix: str) -> list[str]:
        """Paths of the files directly inside `folder` that end in `suffix`, sorted; hidden ones are left out."""
        inside = self.root / folder
        if not inside.is_dir():
            return []
        names = sorted(each.name for each in inside.iterdir() if each.is_file())
        return [f"{folder}/{name}" for name in names if name.endswith(suffix) and not name.startswith(".")]

    def folders(self, folder: str) -> list[str]:
        """Paths of the folders directly inside `folder`, sorted; hidden ones are left out."""
        inside = self.root / folder
        if not inside.is_dir():
            return []
        names = sorted(each.name for each in inside.iterdir() if each.is_dir())
        return [f"{folder}/{name}" for name in names if not name.startswith((".", "_"))]

    def text(self, path: str) -> str | None:
        """The file's text; None, with the problem reported, when it is outside, unreadable or not UTF-8."""
        file = self.root / path
        if not self.holds(file):
            self._problems.error(
                path, 1, f"{path} is a link to {file.resolve()}, outside the project folder; copy the file in"
            )
            return None
        try:
            return file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            line = file.read_bytes()[: error.start].count(b"\n") + 1
            self._problems.error(path, line, "the file is not UTF-8 text; save it as UTF-8")
        except OSError as error:
            self._problems.error(path, 1, f"the file cannot be read ({error.strerror}); check its permissions")
        return None

    def holds(self, path: Path) -> bool:
        """Whether the path, with every link followed, lies in the folder."""
        return path.resolve().is_relative_to(self._real)

    def why_outside(self, location: str) -> str | None:
        """Why a path written in the folder may not be followed; None when it may.

        Below an `env:NAME` root the root itself is the person's choice; what follows must stay below it.
        """
        below = location
        if location.startswith(ENVIRONMENT_ROOT):
            name, _, below = location.removeprefix(ENVIRONMENT_ROOT).partition("/")
            if not name.isidentifier():
                return f"'{location}' names no environment variable; write env:NAME/path"
        elif not location:
            return "the path is empty; write one below the project folder"
        parts = PurePosixPath(below.replace("\\", "/"))
        if parts.is_absolute() or (len(below) > 1 and below[1] == ":") or "://" in below:
            return f"'{location}' is not below the project folder; write a relative path, or env:NAME/path"
        if ".." in parts.parts or below.startswith("~"):
            return f"'{location}' leads out of the folder; write a path without '..' and '~'"
        fixed = self.root / below.partition("*")[0]
        if not location.startswith(ENVIRONMENT_ROOT) and not self.holds(fixed):
            return f"'{location}' is a link to {fixed.resolve()}, outside the project folder; use env:NAME instead"
        return None
