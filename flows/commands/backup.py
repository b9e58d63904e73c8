"""Backups of everything that is stored, and putting them back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from crawler.errors import StopRun
from flows.commands.console import Json, err, out, print_json, state
from flows.commands.verify import checking

FOLDER = typer.Argument(metavar="DIR", help="Folder of the backup.")


def backup(context: typer.Context, folder: Annotated[Path, FOLDER], as_json: Json = False) -> None:
    """Bring the backup in DIR up to what is stored now. Others may read and write meanwhile.

    Files of the archive that DIR has already are not copied again.
    """
    from storage.archive import Archive
    from storage.backup import back_up
    from storage.database import Database

    settings = state(context).settings
    database = Database.open(settings.database_url)
    try:
        with checking() as on_file:
            archive = Archive.open_at(settings.archive)
            made = back_up(database, archive, folder.absolute(), datetime.now(UTC), on_file)
    finally:
        database.close()
    size = made.corpus.bytes + sum(kept.bytes for kept in made.archive.values())
    _tell(
        {
            "folder": str(folder),
            "articles": made.articles,
            "files": len(made.archive),
            "bytes": size,
        },
        f"{made.articles:,} articles and {len(made.archive):,} files of the archive, "
        f"{size / 1e6:,.1f} MB, are in {folder}",
        as_json=as_json,
    )


def restore(
    context: typer.Context,
    folder: Annotated[Path | None, FOLDER] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Put it in the place of what is there.")
    ] = False,
    archive_only: Annotated[
        bool,
        typer.Option("--archive-only", help="Only files of the archive that are lost or broken."),
    ] = False,
    from_archive: Annotated[
        bool, typer.Option("--from-archive", help="Without DIR: make the tables from the archive.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Put the backup in DIR back: into an empty home, or over what is there with --force.

    Stop everything that reads or writes first.
    """
    if (folder is None) != from_archive or (from_archive and (force or archive_only)):
        raise StopRun("name either the folder of a backup, or --from-archive by itself")
    if folder is None:
        _from_archive(context, as_json=as_json)
        return
    from storage.restore import restore as put
    from storage.restore import restore_archive

    settings = state(context).settings
    with checking() as on_file:
        if archive_only:
            files = restore_archive(settings, folder, on_file)
            told: dict[str, Any] = {"files": files}
            said = f"{len(files):,} files of the archive were put back"
        else:
            made = put(settings, folder, force=force, on_file=on_file)
            told = {"articles": made.articles, "made_at": made.made_at}
            said = f"{made.articles:,} articles as of {made.made_at} are back; look: suqian verify"
    _tell(told, said, as_json=as_json)


def _from_archive(context: typer.Context, *, as_json: bool) -> None:
    from flows.app import open_app
    from flows.rebuilding import rebuild
    from flows.work import Hooks
    from storage import Corpus

    with open_app(state(context).settings) as app:
        with err.status("loading the archive") as status:
            names = rebuild(app, Hooks(stage=status.update))
        articles = Corpus(app.database).count()
    told = {"segments": names, "articles": articles}
    said = f"{len(names):,} segments were loaded; the corpus has {articles:,} articles"
    _tell(told, said, as_json=as_json)


def _tell(told: dict[str, Any], said: str, *, as_json: bool) -> None:
    if as_json:
        print_json(told)
    else:
        out.print(said, highlight=False, markup=False)
