"""The API's description: every error is a problem, every operation has an example."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

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
_EXAMPLES = {
    "q": "新质生产力 -招聘",
    "from": "2026-01-01",
    "to": "2026-12-31",
    "source": "suqian-gov",
    "topic": "科技",
    "place": "泗洪县",
    "organisation": "市科技局",
    "document": "宿政发〔2024〕12号",
    "type": "通知",
    "by": ["month", "source"],
    "facet": ["topic", "year"],
    "url": "https://www.suqian.gov.cn/cnsq/zwyw/202607/1.shtml",
    "article_id": "3f2a9c0d1e4b5a67",
    "story_id": "3f2a9c0d1e4b5a67",
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
    for path in schema["paths"].values():
        for operation in path.values():
            _complete(operation)
    return schema


def _complete(operation: dict[str, Any]) -> None:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, meaning in _MEANINGS.items():
        operation["responses"][status] = {"description": meaning, "content": content}
    for parameter in operation.get("parameters", ()):
        if (example := _EXAMPLES.get(parameter["name"])) is not None:
            parameter["example"] = example
