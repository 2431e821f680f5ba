"""A folder before and after."""


def everything_in(folder):
    """Every file with its size and time, parse cache aside."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and "cache" not in path.parts and path.suffix not in (".db-wal", ".db-shm")
    }
