"""Arrays on the wire: what goes out as bytes comes back as the numbers that it was made of."""

import numpy as np
import pytest
from sqlalchemy import text

from storage.arrays import int4_array
from storage.database import Database


@pytest.mark.parametrize("numbers", [[], [7], [-(2**31), -1, 0, 2**31 - 1]])
def test_numbers_reach_postgresql_as_they_are(database: Database, numbers: list[int]) -> None:
    if database.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no arrays")
    query = text("SELECT CAST(:found AS integer[])")
    with database.reading() as session:
        assert session.scalar(query, {"found": int4_array(numbers)}) == numbers
        assert session.scalar(query, {"found": int4_array(np.array(numbers, np.int32))}) == numbers


def test_a_number_of_more_than_four_bytes_is_refused() -> None:
    with pytest.raises(OverflowError):
        int4_array([2**31])
