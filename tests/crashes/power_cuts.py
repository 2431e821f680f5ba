"""Every effect a run has on the outside, counted, and a power cut before or after any one of them."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from holdfast.adapters.ledgers.database import Database
from holdfast.adapters.outputs.folder import Folder
from holdfast.adapters.stores import parts
from holdfast.adapters.warehouses.session import Session


class PowerCut(BaseException):
    """Nothing in the product may catch it."""


class Effects:
    """Counts effects; at the `cut_at`-th, from 1, the power goes: `before` it, or right `after` it.

    Once the power is gone no later effect happens either, whatever a `finally` tries.
    """

    def __init__(self, cut_at: int | None = None, when: str = "before") -> None:
        self.names: list[str] = []
        self.is_dark = False
        self._cut_at, self._when = cut_at, when

    def happen(self, name: str, act: Callable[[], Any]) -> Any:
        """Does it, unless the power goes first."""
        if self.is_dark:
            raise PowerCut(name)
        self.names.append(name)
        now = len(self.names) == self._cut_at
        if now and self._when == "before":
            self.is_dark = True
            raise PowerCut(f"before {name}")
        answer = act()
        if now:
            self.is_dark = True
            raise PowerCut(f"after {name}")
        return answer

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Ledger transactions, engine writes, file writes and renames, deletions, deliveries."""
        self._patch(patch, Path, "replace", lambda path, to: f"rename {Path(to).name}")
        self._patch(patch, Path, "unlink", lambda path, **_: f"delete {path.name}")
        self._patch(patch, Folder, "put", lambda _, path, *rest: f"deliver {path}")
        self._patch(patch, shutil, "copyfile", lambda origin, to: f"copy {Path(to).name}")
        self._patch(patch, parts, "_write_synced", lambda path, text: f"write {path.name}")
        for name in ("run", "rows"):
            self._patch(patch, Session, name, lambda _, sql, *rest: "engine write" if sql.startswith("COPY") else "")
        writing = Database.writing

        @contextmanager
        def counted(database: Database) -> Iterator[Any]:
            self.happen("ledger begins", lambda: None)
            with writing(database) as connection:
                yield connection
            self.happen("ledger committed", lambda: None)

        patch.setattr(Database, "writing", counted)

    def _patch(self, patch: pytest.MonkeyPatch, owner: Any, name: str, told: Callable[..., str]) -> None:
        original = getattr(owner, name)

        def effect(*args: Any, **kwargs: Any) -> Any:
            what = told(*args, **kwargs)
            return self.happen(what, lambda: original(*args, **kwargs)) if what else original(*args, **kwargs)

        patch.setattr(owner, name, effect)


def tear(folder: Path) -> None:
    """What a power cut may do besides: files that were being written beside their place are half there."""
    for path in [*folder.rglob("*.new"), *folder.rglob("*.part")]:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
    os.sync()
