"""The second city's recordings that the packaged weights are fitted and checked on, of both its sets.

python -m tests.second_city.draws FOLDER
"""

import sys
from pathlib import Path

from tests.second_city import city

SIZE = ("--people", "1000", "--days", "25", "--victims", "75")
DRAWS = (("plain", 11), ("harsh", 12), ("plain", 1013), ("harsh", 1014))
"""Sets and seeds; what a seed is for is the town's rule, `interdict.city.town.plan.split_of`."""


def write(folder: Path) -> None:
    """Those that do not lie there."""
    for which, seed in DRAWS:
        file = folder / f"second-{which}-{seed}.ndjson"
        if not file.exists():
            truth, half = file.with_suffix(".truth"), file.with_suffix(".half")
            city.main([*SIZE, "--seed", str(seed), "--set", which, "--out", str(half), "--truth", str(truth)])
            half.rename(file)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
