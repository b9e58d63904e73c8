"""The corpus over HTTP: a JSON API and pages for people, read-only."""

from storage.web.app import create_app

__all__ = ["create_app"]
