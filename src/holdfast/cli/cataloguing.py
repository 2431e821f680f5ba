"""The verb that writes the definitions as a site."""

import json
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from holdfast.cli.opening import app_of
from holdfast.errors import DefinitionError, StoreError

MARK = ".holdfast-docs.json"
"""Lists the files of a site, so that the next one removes what it no longer has, and nothing of anybody else."""


def docs(arguments: Namespace) -> int:
    """Writes the site; what an earlier one left and this one does not have is removed."""
    from holdfast.catalog.lineage import origins
    from holdfast.catalog.site import Catalog, listing, pages
    from holdfast.loading.cache import ParseCache
    from holdfast.loading.project import CACHE_FOLDER

    app, folder = app_of(arguments), Path(arguments.out)
    earlier = _earlier(folder)
    project = app.project
    is_run = (app.state / "ledger.db").is_file()
    newest = {name: found[0] for name in project.pipelines if is_run and (found := app.ledger.releases(name, 1))}
    made = pages(
        Catalog(
            project=project,
            columns=origins(project, ParseCache(app.folder / CACHE_FOLDER)),
            newest=newest,
            published_through={name: app.figures.published_through(project.pipelines[name]) for name in newest},
        )
    )
    try:
        for path in sorted(set(earlier) - set(made)):
            (folder / path).unlink(missing_ok=True)
        # The list first: a site that was half written is still known as one.
        _write(folder, {MARK: listing({*earlier, *made})})
        _write(folder, made)
        _write(folder, {MARK: listing(made)})
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror or error}. Correct it, then run again.") from error
    print(f"Written: {len(made)} files. Open {folder / 'index.html'}.")
    return 0


def _earlier(folder: Path) -> list[str]:
    """Files of the site that lies there. A folder with anything else in it is not written to."""
    if folder.exists() and not folder.is_dir():
        raise DefinitionError(f"{folder} is a file; give a folder.")
    if not folder.exists() or not any(folder.iterdir()):
        return []
    mark = folder / MARK
    try:
        listed = json.loads(mark.read_bytes())
    except (OSError, ValueError):
        raise DefinitionError(f"{folder} holds something that is no site of `holdfast docs`; give a new or empty folder.") from None
    root = folder.resolve()
    return [str(each) for each in listed if (folder / str(each)).resolve().is_relative_to(root)]


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
