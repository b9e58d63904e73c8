"""The replica's sites as a catalogue: the same files as for real publishers."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from crawler.catalogue import shipped_folder
from crawler.demo.sites import Column, Site, load_sites
from crawler.demo.world import LAST_DAY, Renamed


def write_catalogue(
    folder: Path,
    port: int,
    sites: Iterable[Site] | None = None,
    renamed: Mapping[str, Renamed] | None = None,
) -> None:
    """Write a catalogue of the replica as it is served at a port: of these sites, or of all that
    have an entry of their own; `renamed` are the hosts that sites have left."""
    sources = folder / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(shipped_folder() / "templates.yaml", folder / "templates.yaml")
    for site in load_sites().values() if sites is None else sites:
        left = {host: LAST_DAY for host, to in (renamed or {}).items() if to.site == site.id}
        entry = _entry(site, port) | ({"moved": left} if left else {})
        text = yaml.safe_dump(entry, allow_unicode=True, sort_keys=False)
        (sources / f"{site.id}.yaml").write_text(text, "utf-8")


def _entry(site: Site, port: int) -> dict[str, object]:
    columns = {column.id: _column(site, column, port) for column in site.columns.values()}
    return {
        "name": site.name,
        "short": site.short,
        "level": site.level,
        "hosts": list(dict.fromkeys([site.host, site.bare_host])),
        "columns": columns,
    }


def _column(site: Site, column: Column, port: int) -> dict[str, object]:
    start = column.start or f"{column.path}/{column.list}.shtml"
    shown = {"name": column.name, "start": f"http://{site.host}:{port}{start}"}
    if column.kind == "listing":
        return {**shown, "template": column.template}
    return {**shown, "kind": column.kind, **column.declared}
