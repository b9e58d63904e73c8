"""The API's description: every error is a problem, every operation has an example."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from storage.web.examples import add_examples
from storage.web.problems import MEDIA_TYPE, Problem

_MEANINGS = {
    "400": "The question makes no sense; `detail` says where, `position` at which character.",
    "401": "A key is asked for.",
    "404": "There is no such thing.",
    "421": "The service goes by another name: `suqian serve --allow-host`.",
    "422": "A parameter is none of those that are described.",
    "429": "Too many wrong keys.",
    "500": "A bug.",
    "503": "The corpus does not answer, takes too long, or too many ask at once: try again later.",
}


class Described(FastAPI):
    """An application that describes itself so."""

    def openapi(self) -> dict[str, Any]:
        """The description, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _schema(self)
        return self.openapi_schema


def _schema(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema()
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            _complete(operation)
            add_examples(path, operation)
    return schema


def _complete(operation: dict[str, Any]) -> None:
    for status, meaning in _MEANINGS.items():
        content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        operation["responses"][status] = {"description": meaning, "content": content}
