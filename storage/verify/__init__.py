"""Whether what is stored agrees with itself: what the tables alone tell, and its repair.

What needs the archive's bytes or the rules of reading is in `flows.verify`.
"""

from storage.verify.checks import CHECKS
from storage.verify.findings import Finding, Kind

__all__ = ["CHECKS", "Finding", "Kind"]
