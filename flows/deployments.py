"""The one list of deployments: `prefect.yaml`, read for `suqian up`."""

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.deployments.runner import RunnerDeployment


TAG = "suqian"
"""What every deployment of ours bears: others of the same server are nobody's business."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One entry of `prefect.yaml`."""

    name: str
    entrypoint: str
    """``flows/ingest.py:ingest``, as Prefect's own command reads it."""
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    schedules: list[dict[str, Any]] = field(default_factory=list)
    concurrency_limit: dict[str, Any] | None = None


def prefect_file() -> Path:
    """Where `prefect.yaml` is: in the installed package, else at the top of the checkout."""
    here = Path(__file__).parent
    installed = here / "prefect.yaml"
    return installed if installed.exists() else here.parent / "prefect.yaml"


def read_deployments(path: Path | None = None) -> list[Deployment]:
    """Every deployment of `prefect.yaml`, in its order."""
    content = yaml.safe_load((path or prefect_file()).read_text("utf-8"))
    names = Deployment.__dataclass_fields__.keys()
    return [
        Deployment(**{key: value for key, value in entry.items() if key in names})
        for entry in content["deployments"]
    ]


def load_flow(entrypoint: str) -> "Flow[..., Any]":
    """The flow object that an entrypoint names."""
    file, _, name = entrypoint.partition(":")
    module = import_module(file.removesuffix(".py").replace("/", "."))
    flow: Flow[..., Any] = getattr(module, name)
    return flow


def to_runner(deployment: Deployment) -> "RunnerDeployment":
    """The same deployment as an object that a Prefect runner serves."""
    from prefect.client.schemas.objects import ConcurrencyLimitConfig
    from prefect.deployments.runner import RunnerDeployment
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    limit = deployment.concurrency_limit
    return RunnerDeployment.from_flow(
        load_flow(deployment.entrypoint),
        name=deployment.name,
        description=deployment.description,
        parameters=deployment.parameters,
        tags=deployment.tags,
        schedules=[Cron(s["cron"], timezone=s["timezone"]) for s in deployment.schedules],
        concurrency_limit=ConcurrencyLimitConfig(**limit) if limit else None,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
