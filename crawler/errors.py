"""What to do about a failure: the class says it, the message says what happened."""


class CrawlerError(Exception):
    """Base of this room's errors; anything else is a bug and stops the run."""


class TryLater(CrawlerError):
    """The outside world failed (timeout, 503, challenge page): come back later."""


class Park(CrawlerError):
    """This record cannot be read as it is. It is kept with the message and can be replayed."""


class StopRun(CrawlerError):
    """Going on would store wrong data, or nothing can run at all. A person looks."""


class CatalogueError(StopRun):
    """A catalogue file is wrong. The message starts with ``file:line:``."""
