"""The keys the Open Data Contract Standard knows, for the objects a source's contract has.

Kept here as names because the standard's own package takes 0.3 s to import; a test compares the two.
"""

from typing import Any

from holdfast.loading.documents import Document
from holdfast.loading.problems import Problems, suggestion

CONTRACT_KEYS = (
    "version", "kind", "apiVersion", "id", "name", "tenant", "tags", "status", "servers", "dataProduct",
    "description", "domain", "schema", "support", "price", "team", "roles", "slaDefaultElement", "slaProperties",
    "authoritativeDefinitions", "customProperties", "context", "contractCreatedTs",
)  # fmt: skip
SERVER_KEYS = (
    "id", "server", "type", "description", "environment", "roles", "customProperties", "path", "format", "delimiter",
    "encoding", "location", "host", "port", "database", "schema",
)  # fmt: skip
OBJECT_KEYS = (
    "id", "name", "physicalType", "description", "businessName", "deprecated", "synonyms",
    "authoritativeDefinitions", "tags", "customProperties", "logicalType", "physicalName",
    "dataGranularityDescription", "properties", "relationships", "quality", "context",
)  # fmt: skip
PROPERTY_KEYS = (
    "id", "name", "physicalType", "physicalName", "description", "businessName", "deprecated", "synonyms",
    "authoritativeDefinitions", "tags", "customProperties", "primaryKey", "primaryKeyPosition", "logicalType",
    "logicalTypeOptions", "semanticType", "required", "unique", "partitioned", "partitionKeyPosition",
    "classification", "encryptedName", "transformSourceObjects", "transformLogic", "transformDescription",
    "examples", "enum", "criticalDataElement", "relationships", "quality", "properties", "items", "map",
)  # fmt: skip
SLA_KEYS = (
    "id", "property", "value", "valueExt", "unit", "element", "driver", "description", "scheduler", "schedule",
    "customProperties", "authoritativeDefinitions",
)  # fmt: skip
CUSTOM_KEYS = ("id", "property", "value", "description", "vendor")


def validate_contract(document: Document, problems: Problems) -> None:
    """Report where the document is not a contract by the standard's own package: keys and types, at any depth."""
    from open_data_contract_standard.model import OpenDataContractStandard
    from pydantic import ValidationError

    if not isinstance(document.data, dict):
        return
    _unknown_keys(document, OpenDataContractStandard, document.data, (), problems)
    try:
        OpenDataContractStandard.model_validate(document.data)
    except ValidationError as error:
        for each in error.errors():
            if each["type"] == "extra_forbidden":
                continue
            path = [part for part in each["loc"] if not (isinstance(part, str) and "[" in part)]
            shown = ".".join(str(part) for part in path)
            problems.error(
                document.file,
                document.line(*path),
                f"'{shown}' is not as the Open Data Contract Standard has it: {each['msg']}; correct it",
            )


def _unknown_keys(
    document: Document, model: Any, data: Any, path: tuple[str | int, ...], problems: Problems
) -> None:
    """Keys the standard does not know, below the levels that every load checks already."""
    from pydantic import BaseModel

    if isinstance(data, list):
        for at, item in enumerate(data):
            _unknown_keys(document, model, item, (*path, at), problems)
        return
    if not isinstance(data, dict) or not (isinstance(model, type) and issubclass(model, BaseModel)):
        return
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    for key, value in data.items():
        if key in fields:
            _unknown_keys(document, _model_within(fields[key].annotation), value, (*path, key), problems)
        else:
            problems.error(
                document.file,
                document.line(*path, key),
                f"the contract has the unknown key '{key}'. {suggestion(key, fields, 'Known keys')}",
            )


def _model_within(annotation: Any) -> Any:
    """The one model an annotation such as `list[Server] | None` speaks of; None when there are several or none."""
    from typing import get_args

    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = {each for each in map(_model_within, get_args(annotation)) if each is not None}
    return found.pop() if len(found) == 1 else None
