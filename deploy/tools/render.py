"""Renders the Helm chart as the tests see it, and keeps the result.

    python -m deploy.tools.render            # write tests/deploy/golden anew, after a change of the chart that is meant

Dashboards and alert rules are left out: they are whole files of their own, and tested there.
"""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.tools.install import place

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "interdict"
GOLDEN = ROOT / "tests" / "deploy" / "golden"
KUBERNETES = "1.31.0"
RENDERINGS: Mapping[str, tuple[str, ...]] = {
    "default": (),
    "full": ("-f", str(CHART.parent / "full-values.yaml")),
}
"""By name: what helm is told beside the chart."""
WHOLE_FILES = re.compile(r"^# Source: interdict/templates/(dashboards|prometheusrule)\.yaml$", re.MULTILINE)
RENDER_S = 60


def render(*words: str) -> str:
    """What helm makes of the chart.

    Raises:
        InstallError: helm is not there.
        subprocess.CalledProcessError: the chart refuses the values; its `stderr` says why.
    """
    done = subprocess.run(
        [str(place("helm")), "template", "interdict", str(CHART), "-n", "fraud", "--kube-version", KUBERNETES, *words],
        capture_output=True, text=True, timeout=RENDER_S, check=True,
    )  # fmt: skip
    return done.stdout


def without_whole_files(rendered: str) -> str:
    """A rendering without dashboards and rules."""
    documents = re.split(r"^---\n", rendered, flags=re.MULTILINE)
    return "---\n".join(document for document in documents if not WHOLE_FILES.search(document))


def main() -> None:
    """Write what is kept."""
    GOLDEN.mkdir(exist_ok=True)
    for name, words in RENDERINGS.items():
        (GOLDEN / f"{name}.yaml").write_text(without_whole_files(render(*words)))


if __name__ == "__main__":
    main()
