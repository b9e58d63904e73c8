"""Modules that import what they give when it is asked for (PEP 562).

To declare a table takes milliseconds and there are forty: who asks one question waits for those that it
is about.
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(owner: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """The ``__getattr__`` of a module; `modules` has, by other modules, the names that each gives, with blanks between them."""
    module_of = {name: module for module, names in modules.items() for name in names.split()}

    def find(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {owner!r} has no attribute {name!r}")
        found = getattr(import_module(module_of[name]), name)
        setattr(sys.modules[owner], name, found)
        return found

    return find
