"""The tables: the ledger (pages, runs, outcomes), the corpus (articles and all that hangs on them)."""

from typing import TYPE_CHECKING

from storage.lazily import lazily

if TYPE_CHECKING:
    from storage.models.base import UtcDateTime
    from storage.models.corpus import (
        Article,
        Attachment,
        Change,
        ChangeKind,
        Counter,
        Fingerprint,
        Link,
        Move,
        Revision,
        Story,
        Tag,
        Withdrawal,
        Wording,
        article_id,
    )
    from storage.models.crawling import (
        Backfill,
        BackfillMonth,
        ColumnWalk,
        Distrust,
        HostDay,
        Lease,
        ListAnswer,
        Pace,
        Placement,
        RobotsTxt,
        Walk,
    )
    from storage.models.health import Alert, Health, HealthChange, Heartbeat, Hold, Look
    from storage.models.ledger import (
        Outcome,
        Page,
        Run,
        RunSource,
        RunState,
        Segment,
        Tally,
        Tombstone,
        Visit,
        Watch,
    )
    from storage.models.search import OVERFLOWN, FoldedText, SearchEntry, SearchLabel
    from storage.models.whole import Base
else:
    __getattr__ = lazily(
        __name__,
        {
            "storage.models.base": "UtcDateTime",
            "storage.models.corpus": (
                "Article Attachment Change ChangeKind Counter Fingerprint Link Move Revision "
                "Story Tag Withdrawal Wording article_id"
            ),
            "storage.models.crawling": (
                "Backfill BackfillMonth ColumnWalk Distrust HostDay Lease ListAnswer Pace "
                "Placement RobotsTxt Walk"
            ),
            "storage.models.health": "Alert Health HealthChange Heartbeat Hold Look",
            "storage.models.ledger": "Outcome Page Run RunSource RunState Segment Tally Tombstone Visit Watch",
            "storage.models.search": "OVERFLOWN FoldedText SearchEntry SearchLabel",
            "storage.models.whole": "Base",
        },
    )

__all__ = [
    "OVERFLOWN",
    "Alert",
    "Article",
    "Attachment",
    "Backfill",
    "BackfillMonth",
    "Base",
    "Change",
    "ChangeKind",
    "ColumnWalk",
    "Counter",
    "Distrust",
    "Fingerprint",
    "FoldedText",
    "Health",
    "HealthChange",
    "Heartbeat",
    "Hold",
    "HostDay",
    "Lease",
    "Link",
    "ListAnswer",
    "Look",
    "Move",
    "Outcome",
    "Pace",
    "Page",
    "Placement",
    "Revision",
    "RobotsTxt",
    "Run",
    "RunSource",
    "RunState",
    "SearchEntry",
    "SearchLabel",
    "Segment",
    "Story",
    "Tag",
    "Tally",
    "Tombstone",
    "UtcDateTime",
    "Visit",
    "Walk",
    "Watch",
    "Withdrawal",
    "Wording",
    "article_id",
]
