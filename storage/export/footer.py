"""One Parquet file of several that have the same columns, without unpacking a page of them.

The pages are copied as they are. The footers, which say where pages stand, are read, shifted and put
together. A footer is a struct of Thrift's compact protocol, in which every field has a number and a
type: what is not known here is passed on as it is.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from io import SEEK_END
from pathlib import Path
from typing import IO, Any

_MAGIC = b"PAR1"
_TAIL = 8
"""The length of the footer and the magic, behind it."""
_COPIED = 1 << 20

_TRUE, _FALSE, _BYTE, _I16, _I64, _DOUBLE, _BINARY, _LIST, _STRUCT = 1, 2, 3, 4, 6, 7, 8, 9, 12
Struct = dict[int, tuple[int, Any]]
"""The type and the value of each field. A list's value is the type of what is in it, and that."""

# The numbers of the fields in parquet.thrift.
_ROWS, _GROUPS = 3, 4
_COLUMNS, _ORDINAL = 1, 7
_GROUP_OFFSETS = (5,)
_COLUMN_OFFSETS = (2, 4, 6)
_META = 3
_META_OFFSETS = (9, 10, 11, 14)


def join(whole: Path, parts: Iterable[Path]) -> None:
    """Write a file of all row groups of the parts, of which there is one at least."""
    with whole.open("wb") as out:
        out.write(_MAGIC)
        footer = bytes(_struct(_joined([_append(out, part) for part in parts])))
        out.write(footer + len(footer).to_bytes(4, "little") + _MAGIC)


def _append(out: IO[bytes], part: Path) -> Struct:
    """Append the pages of a part; its footer, which says where they stand now."""
    by = out.tell() - len(_MAGIC)
    with part.open("rb") as file:
        file.seek(-_TAIL, SEEK_END)
        length = int.from_bytes(file.read(4), "little")
        file.seek(-_TAIL - length, SEEK_END)
        footer = _Reader(file.read(length)).struct()
        file.seek(len(_MAGIC))
        shutil.copyfileobj(file, out, _COPIED)
    out.seek(-_TAIL - length, SEEK_END)
    out.truncate()
    for group in _items(footer, _GROUPS):
        _shift(group, by)
    return footer


def _shift(group: Struct, by: int) -> None:
    group.pop(_ORDINAL, None)  # it may be left out
    _move(group, _GROUP_OFFSETS, by)
    for column in _items(group, _COLUMNS):
        _move(column, _COLUMN_OFFSETS, by)
        _move(column[_META][1], _META_OFFSETS, by)


def _move(struct: Struct, fields: Sequence[int], by: int) -> None:
    for field in fields:
        if field in struct and (at := struct[field][1]):
            struct[field] = (_I64, at + by)


def _joined(footers: Sequence[Struct]) -> Struct:
    groups = [group for footer in footers for group in _items(footer, _GROUPS)]
    rows = sum(footer[_ROWS][1] for footer in footers)
    return footers[0] | {_ROWS: (_I64, rows), _GROUPS: (_LIST, (_STRUCT, groups))}


def _items(struct: Struct, field: int) -> list[Any]:
    items: list[Any] = struct[field][1][1]
    return items


# --- Thrift's compact protocol --------------------------------------------------------------------


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self) -> Struct:
        """The fields up to the stop."""
        found: Struct = {}
        field = 0
        while head := self._byte():
            kind, step = head & 15, head >> 4
            field = field + step if step else self._number()
            found[field] = (kind, self._value(kind))
        return found

    def _value(self, kind: int) -> Any:
        if kind in (_TRUE, _FALSE):
            return None  # the type says which
        if _I16 <= kind <= _I64:
            return self._number()
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind == _LIST:
            return self._list()
        if kind == _STRUCT:
            return self.struct()
        sizes = {_BYTE: 1, _DOUBLE: 8}
        if kind not in sizes:
            raise ValueError(f"a Parquet footer with a field of type {kind}")
        return self._bytes(sizes[kind])

    def _list(self) -> tuple[int, list[Any]]:
        head = self._byte()
        kind, size = head & 15, head >> 4
        size = self._varint() if size == 15 else size
        stored = _BYTE if kind in (_TRUE, _FALSE) else kind
        return kind, [self._value(stored) for _ in range(size)]

    def _number(self) -> int:
        raw = self._varint()
        return raw >> 1 ^ -(raw & 1)

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]


def _struct(struct: Struct) -> Iterator[int]:
    last = 0
    for field, (kind, value) in sorted(struct.items()):
        step = field - last
        yield from (step << 4 | kind,) if step < 16 else (kind, *_varint(field << 1))
        yield from _value(kind, value)
        last = field
    yield 0


def _value(kind: int, value: Any) -> Iterable[int]:
    if kind in (_TRUE, _FALSE):
        return ()
    if _I16 <= kind <= _I64:
        return _varint(value << 1 if value >= 0 else ~(value << 1))
    if kind == _BINARY:
        return (*_varint(len(value)), *value)
    if kind == _LIST:
        return _list(*value)
    return _struct(value) if kind == _STRUCT else value


def _list(kind: int, values: Sequence[Any]) -> Iterator[int]:
    size = len(values)
    yield from (size << 4 | kind,) if size < 15 else (240 | kind, *_varint(size))
    stored = _BYTE if kind in (_TRUE, _FALSE) else kind
    for value in values:
        yield from _value(stored, value)


def _varint(value: int) -> Iterator[int]:
    while value > 127:
        yield value & 127 | 128
        value >>= 7
    yield value
