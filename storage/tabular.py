"""Answers as tables of other libraries; each of them is an extra and loaded when it is asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from storage.errors import Refused

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


class Tabular:
    """An answer that is also a table."""

    __slots__ = ()

    def to_arrow(self) -> "pa.Table":
        """As an Arrow table. Needs the extra ``arrow``; raises Refused without it."""
        raise NotImplementedError

    def to_polars(self) -> "pl.DataFrame":
        """As a polars data frame. Needs the extra ``polars``; raises Refused without it."""
        frame: pl.DataFrame = required("polars", "polars").from_arrow(self.to_arrow())
        return frame

    def to_pandas(self) -> "pd.DataFrame":
        """As a pandas data frame. Needs the extra ``pandas``; raises Refused without it."""
        required("pandas", "pandas")
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame


def required(module: str, extra: str) -> Any:
    """A module of an extra; raises Refused, naming the extra, where it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise Refused(
            f"{error.name} is not installed; install the extra: pip install 'suqian[{extra}]'"
        ) from error
