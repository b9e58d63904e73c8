"""Says what pip-audit found; ends with 1 where a package has a hole that is no exception."""

import json
import sys
from pathlib import Path


def main(found: Path, said: Path) -> int:
    """Read what it wrote: JSON, or nothing where it failed."""
    if not found.stat().st_size:
        reason = (said.read_text("utf-8").strip().splitlines() or ["it said nothing"])[-1]
        return _say(f"could not look anything up: {reason}")
    packages = json.loads(found.read_text("utf-8"))["dependencies"]
    skipped = [one["name"] for one in packages if "skip_reason" in one]
    if len(skipped) == len(packages):
        return _say("could not look anything up: the index knows no holes of any package")
    holes = [(one, hole) for one in packages for hole in one.get("vulns", ())]
    for one, hole in holes:
        mended = ", ".join(hole["fix_versions"]) or "no version"
        _say(f"{one['name']} {one['version']}: {hole['id']}, mended in {mended}")
    if holes:
        _say(
            "upgrade (uv lock --upgrade-package NAME), or name it in .ci/audit-exceptions and say why"
        )
    else:
        _say(f"no known hole in {len(packages) - len(skipped)} packages")
    if skipped:
        _say(f"not looked up: {', '.join(skipped)}")
    return int(bool(holes))


def _say(text: str) -> int:
    sys.stdout.write(f"audit: {text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
