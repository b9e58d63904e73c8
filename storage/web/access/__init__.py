"""Who may ask, where others than this machine can: keys for programs, sessions for browsers."""

from storage.web.access.guard import Guard
from storage.web.access.keys import Key, Keys
from storage.web.access.names import OwnNames
from storage.web.access.signin import router

__all__ = ["Guard", "Key", "Keys", "OwnNames", "router"]
