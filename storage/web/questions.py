"""What the routes ask for in common."""

from datetime import date
from typing import Annotated

from fastapi import Depends, HTTPException, Query, Request

from storage import messages
from storage.conditions import YEARS
from storage.errors import BadQuestion
from storage.records import Filters

API = "/api/v1"
"""What the addresses of the JSON API begin with."""
PER_PAGE = 20
MOST = 100
"""Articles of one page."""
Asked = Annotated[
    str, Query(max_length=200, description="The query; docs/search.md has its language.")
]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Articles of this page.")]
After = Annotated[
    str | None, Query(max_length=500, description="Go on behind a page: what it gave as `next`.")
]
Which = Annotated[str, Query(max_length=200)]


def readable(request: Request) -> None:
    """Refuse what no database can hold, and bytes that are no UTF-8: nothing would be found by them."""
    texts = [text for pair in request.query_params.multi_items() for text in pair]
    if any("\0" in text for text in (request.url.path, *texts)):
        raise HTTPException(400, "the address holds a NUL character")
    if any("\ufffd" in text for text in texts):
        raise HTTPException(
            400, "the address is not in UTF-8; write its %XX from UTF-8, not from GBK"
        )


def only_its_own(request: Request) -> None:
    """Refuse a parameter that an operation does not have: who mistypes a filter would get everything."""
    described, path = request.app.openapi()["paths"], request.scope["route"].path
    operation = described.get(API + path, described.get(path, {}))["get"]
    known = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
    for name in request.query_params:
        if name not in known:
            there = f"it has {', '.join(sorted(known))}" if known else "it has none"
            raise HTTPException(400, f"there is no parameter {name[:100]!r} here; {there}")


def _named(description: str) -> object:
    return Query(max_length=200, description=description)


def filters(
    since: Annotated[date | None, Query(alias="from", description="First day.")] = None,
    until: Annotated[date | None, Query(alias="to", description="Last day.")] = None,
    source: Annotated[str | None, _named("Id of the publisher.")] = None,
    topic: Annotated[str | None, _named("Id or name of a topic.")] = None,
    place: Annotated[str | None, _named("Id or name of a place that is named.")] = None,
    main_place: Annotated[str | None, _named("Id or name of the place where it plays.")] = None,
    organisation: Annotated[str | None, _named("Id or name of an organisation.")] = None,
    person: Annotated[str | None, _named("Name of a person.")] = None,
    document: Annotated[str | None, _named("Document number that is cited.")] = None,
    kind: Annotated[
        str | None, Query(alias="type", max_length=200, description="Kind of paper: 通知, 公示 …")
    ] = None,
    open_on: Annotated[date | None, Query(description="With a deadline then or later.")] = None,
) -> Filters:
    """The filters of an address. Raises BadQuestion for days of no age of ours."""
    for day in filter(None, (since, until, open_on)):
        if day.year not in YEARS:
            raise BadQuestion(messages.NO_SUCH_YEAR, day=day)
    return Filters(
        since=since,
        until=until,
        source=source,
        topic=topic,
        place=place,
        main_place=main_place,
        organisation=organisation,
        person=person,
        document=document,
        type=kind,
        open_on=open_on,
    )


AskedFilters = Annotated[Filters, Depends(filters)]
