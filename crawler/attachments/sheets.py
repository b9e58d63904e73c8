"""Spreadsheets old and new, Excel's and WPS's: the one module that knows calamine."""

from datetime import date, datetime, time, timedelta
from io import BytesIO

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from crawler.attachments.text import Text, Unreadable

Value = int | float | str | bool | time | date | datetime | timedelta


def read_sheets(body: bytes, text: Text) -> None:
    """Every sheet that is shown, row by row. What a formula came to is read, not the formula."""
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(body))
        shown = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.visible is SheetVisibleEnum.Visible and sheet.typ is SheetTypeEnum.WorkSheet
        ]
        for name in shown:
            _read_sheet(workbook, name, text, titled=len(shown) > 1)
    except PasswordError as error:
        raise Unreadable("encrypted") from error
    except CalamineError as error:
        raise Unreadable(f"a damaged workbook ({error})") from error


def _read_sheet(workbook: CalamineWorkbook, name: str, text: Text, *, titled: bool) -> None:
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=True)
    first = True
    for row in rows:
        cells = [_shown(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if first and titled:
            text.add(name)
        first = False
        text.add_row(cells)


def _shown(value: Value) -> str:
    """A value as a reader would write it; how the sheet formats it is not known."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # A sum of decimal fractions carries their error in its last digits.
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.12g}"
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
