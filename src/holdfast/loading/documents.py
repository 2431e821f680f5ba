"""YAML 1.2 as plain data with the line of every key; tags are refused and nothing is ever executed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from holdfast.loading.cache import ParseCache
from holdfast.loading.folder import Folder
from holdfast.loading.problems import Problems

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

_MOST_NODES = 50_000
"""An alias inside an alias can stand for billions of values; no honest file comes near this."""

_PLAIN_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file: strings, whole numbers, Decimals, booleans, nulls, lists and mappings by text.

    Dates and times stay text, as written.
    """

    file: str
    data: Any = None
    lines: Mapping[str, int] = field(default_factory=dict)

    def line(self, *path: str | int) -> int:
        """The line of the key or item at `path`, or of what holds it."""
        for length in range(len(path), -1, -1):
            known = self.lines.get(_address(path[:length]))
            if known:
                return known
        return 1


def read_document(folder: Folder, path: str, cache: ParseCache, problems: Problems) -> Document | None:
    """The file as a document; None, with the problems reported, when it cannot be read as YAML."""
    text = folder.text(path)
    if text is None:
        return None
    parsed = cache.remember("yaml", text, parse_yaml)
    for line, message in parsed["faults"]:
        problems.error(path, line, message)
    return None if parsed["broken"] else Document(path, parsed["data"], parsed["lines"])


def parse_yaml(text: str) -> dict[str, Any]:
    """`data`, `lines` by address, `faults` as (line, message), and whether the text is `broken`.

    Pure, and JSON but for Decimals, so that it can be remembered.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    loader = YAML(typ="rt", pure=True)
    building = _Building()
    try:
        node = loader.compose(text)
        data = None if node is None else building.plain(node, ())
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        return _broken(line, f"{_one_line(error.problem or error.context)}; correct the YAML here or just above")
    except YAMLError as error:
        return _broken(1, f"{_one_line(str(error))}; correct the YAML")
    except (_TooLargeError, RecursionError):
        return _broken(1, "the file's aliases stand for too many values; write them out")
    return {"data": data, "lines": building.lines, "faults": building.faults, "broken": False}


def _broken(line: int, message: str) -> dict[str, Any]:
    return {"data": None, "lines": {}, "faults": [[line, message]], "broken": True}


def _one_line(text: str | None) -> str:
    return " ".join((text or "this is not YAML").split())


def _address(path: tuple[str | int, ...]) -> str:
    return "\0".join(str(part) for part in path)


class _TooLargeError(Exception):
    """Too many values to be an honest file."""


class _Building:
    """Turns composed nodes into plain values, noting lines and faults on the way."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self.faults: list[list[Any]] = []
        self._nodes = 0

    def plain(self, node: "Node", path: tuple[str | int, ...]) -> Any:
        from ruamel.yaml.nodes import MappingNode, SequenceNode

        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise _TooLargeError
        line = node.start_mark.line + 1
        self.lines.setdefault(_address(path), line)
        if isinstance(node, MappingNode):
            self._expect_tag(node, "map", line)
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            self._expect_tag(node, "seq", line)
            return [self.plain(each, (*path, at)) for at, each in enumerate(node.value)]
        return self._scalar(node, line)

    def _mapping(self, node: "Node", path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value if isinstance(key_node.value, str) else None
            if key is None or key == "<<" or "\0" in key:
                shown = "a list or mapping" if key is None else repr(key)
                self.faults.append([line, f"{shown} is used as a key; write plain text keys"])
                continue
            if key in found:
                first = self.lines[_address((*path, key))]
                self.faults.append([line, f"key '{key}' is already written in line {first}; keep one of the two"])
                continue
            self.lines[_address((*path, key))] = line
            found[key] = self.plain(value_node, (*path, key))
        return found

    def _scalar(self, node: "Node", line: int) -> Any:
        kind = str(node.tag).removeprefix(_PLAIN_TAG)
        text = str(node.value)
        if kind in ("str", "timestamp", "!"):
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            return self._whole(text, line)
        if kind == "float":
            return self._decimal(text, line)
        self._expect_tag(node, "str", line)
        return text

    def _whole(self, text: str, line: int) -> int | str:
        try:
            return int(text.replace("_", ""), 0) if text.lstrip("+-")[:2] in ("0x", "0o") else int(text)
        except ValueError:
            self.faults.append([line, f"'{text}' is not a whole number; write digits, or quote it as text"])
            return text

    def _decimal(self, text: str, line: int) -> Decimal | str:
        try:
            number = Decimal(text.replace("_", ""))
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite():
            return number
        self.faults.append([line, f"'{text}' is not a number; write one with digits, or quote it as text"])
        return text

    def _expect_tag(self, node: "Node", kind: str, line: int) -> None:
        tag = str(node.tag)
        if tag != _PLAIN_TAG + kind:
            self.faults.append([line, f"the tag {tag} is refused: values are never executed; remove the tag"])
