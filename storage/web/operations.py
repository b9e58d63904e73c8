"""What machines ask that look after this: is it well, and the figures of it. No secrets, no texts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from storage.checks import Checks, Level, worst
from storage.corpus import Corpus
from storage.errors import StorageError
from storage.figures import Figure


def add_operations(app: FastAPI, corpus: Corpus, checks: Checks) -> None:
    """Add `/livez`, `/healthz` and `/metrics`; `checks` looks at the system anew each time."""

    @app.get("/livez")
    def livez() -> dict[str, str]:
        """Whether this process answers."""
        return {"status": "ok"}

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        """Whether the system is well: 503 when a check fails. `suqian doctor` says what to do."""
        found = checks()
        level = worst(found)
        body: dict[str, Any] = {
            "status": level,
            "checks": [{"name": c.name, "level": c.level, "found": c.found} for c in found],
        }
        if level is not Level.FAIL:
            try:
                body["articles"] = corpus.totals().articles
            except StorageError as error:
                return JSONResponse({"status": Level.FAIL, "checks": [], "found": str(error)}, 503)
        return JSONResponse(body, 503 if level is Level.FAIL else 200)

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        """Figures for Prometheus."""
        registry = CollectorRegistry()
        registry.register(_Figures(corpus, checks))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Figures(Collector):
    """Asks when it is asked: figures of now, whichever process answers."""

    def __init__(self, corpus: Corpus, checks: Checks) -> None:
        self._corpus, self._checks = corpus, checks

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing beforehand: what there is, asking tells."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every figure."""
        for figure in self._corpus.figures(datetime.now(UTC)):
            yield _gauge(figure)
        found = self._checks()
        levels = {Level.OK: 0, Level.WARN: 1, Level.FAIL: 2}
        rows = tuple(((check.name,), float(levels[check.level])) for check in found)
        said = "Each check of `suqian doctor`: 0 ok, 1 warn, 2 fail."
        yield _gauge(Figure("check", said, ("check",), rows))


def _gauge(figure: Figure) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(f"suqian_{figure.name}", figure.meaning, labels=figure.labels)
    for labels, value in figure.rows:
        gauge.add_metric(labels, value)
    return gauge
