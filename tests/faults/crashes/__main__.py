"""Prints what became of each round, and fails when one falls short."""

import sys
from typing import Annotated

import typer

from tests.faults.crashes import rounds


def main(
    database: Annotated[str, typer.Option(help="sqlite or postgresql.")] = "sqlite",
    kills: Annotated[int, typer.Option(help="How many at random.")] = 80,
    seed: Annotated[int, typer.Option(help="Of kinds, places and moments.")] = 1,
    every: Annotated[bool, typer.Option("--every", help="Every point and disk, too.")] = False,
) -> None:
    """Meet faults and print what became of each round."""
    cases = [rounds.at_random(database, kills, seed)] if kills else []
    if every:
        cases.append(rounds.at_every_point(database))
        disk, minute = rounds.with_every_disk, rounds.gone_for_a_minute
        cases.append(disk() if database == "sqlite" else minute())
    for one in cases:
        one.show()
    sys.exit(not all(one.good for one in cases))


if __name__ == "__main__":
    typer.run(main)
