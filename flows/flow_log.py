"""What a flow run's log in Prefect's UI says of an error of ours: what is wrong, and no more.

Prefect writes the traceback of whatever ends a run, twice: behind forty lines of it nobody who has filled in
a form finds the one line that says what to do.
"""

import logging

from crawler.errors import CrawlerError
from storage.errors import BadQuestion

RUNS = "prefect.flow_runs"
"""Where Prefect logs what flow runs say and how they end."""


class _WithoutTraceback(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record; of an error that is made for people only its words."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, CrawlerError | BadQuestion):
            said = record.getMessage()
            record.exc_info = None
            record.msg, record.args = said if str(error) in said else f"{said}: {error}", ()
        return True


_FILTER = _WithoutTraceback()


def speak_plainly() -> None:
    """Have the log of this process's flow runs say so. May be called again."""
    logging.getLogger(RUNS).addFilter(_FILTER)
