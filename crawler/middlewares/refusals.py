"""Why a request was not made or an answer not taken, in a word or two."""

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

_REASONS: dict[type, str] = {
    DownloadTimeoutError: "timeout",
    CannotResolveHostError: "dns",
    DownloadConnectionRefusedError: "refused",
    DownloadCancelledError: "too-large",
    DownloadFailedError: "broken-off",
    ResponseDataLossError: "cut-off",
}
_IGNORED = {
    "robots.txt": "skipped:robots",
    "max redirections": "redirects",
}
"""What Scrapy says where it gives up a request itself, and what that means."""


class Refusal(IgnoreRequest):
    """A request that is not made, or an answer that is not taken; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def reason_of(failure: Failure) -> str:
    """Why no answer came, in a word or two: ``timeout``, ``dns``, ``skipped:robots`` …"""
    error = failure.value
    if isinstance(error, Refusal):
        return error.reason
    if isinstance(error, HttpError):
        return f"http-{error.response.status}"
    if isinstance(error, IgnoreRequest):
        return next((reason for said, reason in _IGNORED.items() if said in str(error)), "ignored")
    return _REASONS.get(type(error), type(error).__name__)
