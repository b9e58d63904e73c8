"""What is no accident any more: a source's own floors, or a column's, over the general ones."""

from typing import Annotated, Literal

from pydantic import Field

from crawler.layouts import Strict

Part = Annotated[float, Field(gt=0, le=1)]
Share = Part | Literal["never"]
FieldName = Literal["title", "date", "body", "layout"]


class Floors(Strict):
    """Below what a person is asked to look; what is absent stays as it is for the others."""

    items: Share | None = None
    """A list that shows less than this share of its usual items."""
    copies: Share | None = None
    """A batch of which so large a share repeats what the source has under other addresses."""
    fields: tuple[FieldName, ...] | None = None
    """The fields whose sudden lack counts: some columns have never had dates worth the name."""

    def over(self, general: "Floors") -> "Floors":
        """These, and the general ones where these say nothing."""
        said = {name: value for name, value in self if value is not None}
        return general.model_copy(update=said)
