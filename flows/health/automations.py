"""Prefect's automations, from the one list `automations.yaml`."""

from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.yamlfile import read_yaml
from flows.health.alerts import News

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.events.schemas.automations import AutomationCore

_BLOCK = "suqian-alerts"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One entry of the list."""

    name: str
    description: str
    match: dict[str, str]
    expect: tuple[str, ...]
    text: str
    enabled: bool = True


def wanted_automations() -> list[Wanted]:
    """Every entry of `automations.yaml`, in its order."""
    content = read_yaml(Path(str(files("flows.health"))) / "automations.yaml").content
    return [
        Wanted(**{**entry, "expect": tuple(entry["expect"])}) for entry in content["automations"]
    ]


async def apply_automations(webhook: str | None, wanted: list[Wanted] | None = None) -> list[str]:
    """Make the server's automations those of the list; return the names of those made or changed.

    Without a webhook those that were made before are removed. Others are left alone.
    """
    from prefect.client.orchestration import get_client

    wanted = wanted_automations() if wanted is None else wanted
    changed = []
    async with get_client() as client:
        there = {one.name: one for one in await client.read_automations()}
        if webhook is None:
            for one in wanted:
                if one.name in there:
                    await client.delete_automation(there[one.name].id)
            return []
        block = await _webhook_block(webhook)
        for one in wanted:
            automation, old = _automation(one, block), there.get(one.name)
            if old is None:
                await client.create_automation(automation)
            elif _differs(old, automation):
                await client.update_automation(old.id, automation)
            else:
                continue
            changed.append(one.name)
    return changed


async def _webhook_block(webhook: str) -> "UUID":
    from prefect.blocks.webhook import Webhook
    from pydantic import SecretStr

    await Webhook.register_type_and_schema()
    block: UUID = await Webhook(url=SecretStr(webhook)).save(_BLOCK, overwrite=True)
    return block


def _automation(one: Wanted, block: "UUID") -> "AutomationCore":
    from prefect.events.actions import CallWebhook
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    payload = f'{{"text": {{{{ ("suqian: " ~ {_expression(one.text)}) | tojson }}}}}}'
    return AutomationCore(
        name=one.name,
        description=one.description,
        enabled=one.enabled,
        trigger=EventTrigger(
            match=one.match,
            expect=set(one.expect),
            for_each={"prefect.resource.id"},
            posture=Posture.Reactive,
            threshold=1,
            within=timedelta(0),
        ),
        actions=[CallWebhook(block_document_id=block, payload=payload)],
    )


def _expression(text: str) -> str:
    """A text with ``{{ … }}`` in it as one expression of the template language, so that whatever
    stands in for them is quoted as JSON asks."""
    parts = text.replace("}}", "{{").split("{{")
    return " ~ ".join(
        f"({part.strip()})" if number % 2 else f'"{part}"'
        for number, part in enumerate(parts)
        if part
    )


def _differs(old: "AutomationCore", new: "AutomationCore") -> bool:
    names = ("description", "enabled", "trigger", "actions")
    return any(_plain(getattr(old, name)) != _plain(getattr(new, name)) for name in names)


def _plain(value: object) -> object:
    """A value to compare by: ids that the server gives out are none of it, and a set stays one (as
    JSON it would be a list in an order of chance)."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    dump = getattr(value, "model_dump", None)
    return dump(exclude={"id"}) if dump else value


def emit(news: News) -> None:
    """Tell Prefect's server as well: an event that automations can react to."""
    from prefect.events import emit_event

    emit_event(
        event=f"suqian.{news.kind}",
        resource={"prefect.resource.id": f"suqian.{news.key}", "prefect.resource.name": news.about},
        payload={"text": news.text, "kind": news.kind},
    )
