"""What the routes ask for in common."""

from typing import Annotated

from fastapi import Query

PER_PAGE = 20
Text = Annotated[str, Query(max_length=200)]
