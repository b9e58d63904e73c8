"""What the corpus answers with: frozen records of plain values, ready for JSON."""

from typing import TYPE_CHECKING

from storage.lazily import lazily

if TYPE_CHECKING:
    from storage.records.article import (
        Article,
        AttachedFile,
        Change,
        Evidence,
        Link,
        Revision,
        Role,
        Story,
        Tag,
        labels_of,
    )
    from storage.records.asking import (
        EVERYTHING,
        Count,
        Counts,
        FacetValue,
        Filters,
        Hit,
        Piece,
        SearchResult,
    )
    from storage.records.collecting import (
        Explanation,
        Listed,
        RunDetails,
        RunOfSource,
        RunReason,
        RunSummary,
        SourceStatus,
        Status,
        Totals,
        Visited,
    )
    from storage.records.health import (
        ColumnHealth,
        HealthChange,
        HealthState,
        SourceHealth,
    )
    from storage.records.time import (
        CITY_TIME,
        city_time,
        to_the_minute,
    )
else:
    __getattr__ = lazily(
        __name__,
        {
            "storage.records.article": (
                "Article AttachedFile Change Evidence Link Revision Role Story Tag labels_of"
            ),
            "storage.records.asking": "EVERYTHING Count Counts FacetValue Filters Hit Piece SearchResult",
            "storage.records.collecting": (
                "Explanation Listed RunDetails RunOfSource RunReason RunSummary SourceStatus "
                "Status Totals Visited"
            ),
            "storage.records.health": "ColumnHealth HealthChange HealthState SourceHealth",
            "storage.records.time": "CITY_TIME city_time to_the_minute",
        },
    )

__all__ = [
    "CITY_TIME",
    "EVERYTHING",
    "Article",
    "AttachedFile",
    "Change",
    "ColumnHealth",
    "Count",
    "Counts",
    "Evidence",
    "Explanation",
    "FacetValue",
    "Filters",
    "HealthChange",
    "HealthState",
    "Hit",
    "Link",
    "Listed",
    "Piece",
    "Revision",
    "Role",
    "RunDetails",
    "RunOfSource",
    "RunReason",
    "RunSummary",
    "SearchResult",
    "SourceHealth",
    "SourceStatus",
    "Status",
    "Story",
    "Tag",
    "Totals",
    "Visited",
    "city_time",
    "labels_of",
    "to_the_minute",
]
