"""The replica by itself: ``python -m crawler.demo serve`` and ``python -m crawler.demo age``."""

import argparse
import signal
import sys
from dataclasses import fields
from pathlib import Path

from crawler.demo.aging import Operation, apply, read_journal, write_journal
from crawler.demo.server import serve
from crawler.demo.world import World


def main() -> None:
    """Serve the replica, or let something happen in it."""
    parser = argparse.ArgumentParser(prog="python -m crawler.demo", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="serve it until Ctrl-C")
    serving.add_argument("--port", type=int, default=8321)
    aging = commands.add_parser(
        "age", help="let something happen; a replica that starts later shows it"
    )
    for name in fields(Operation):
        flag = name.name if name.name == "op" else f"--{name.name}"
        kind = int if name.name == "count" else str
        aging.add_argument(flag, type=kind, help=Operation.__doc__ if name.name == "op" else None)
    for command in (serving, aging):
        command.add_argument("--journal", type=Path, required=command is aging)
    arguments = vars(parser.parse_args())
    journal = arguments.pop("journal")
    if arguments.pop("command") == "serve":
        with serve(port=arguments["port"], journal=journal) as replica:
            hosts = ", ".join(
                f"http://{site.host}:{replica.port}/" for site in replica.world.sites.values()
            )
            sys.stdout.write(f"{hosts}\nCtrl-C ends it\n")
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
        return
    operation = Operation(**{name: value for name, value in arguments.items() if value is not None})
    apply(World.build(), [*read_journal(journal), operation])
    write_journal(journal, operation)


if __name__ == "__main__":
    main()
