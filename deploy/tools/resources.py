"""Run inside the tools' own virtual environment: are these custom resources what their operators define?

Reads Kubernetes documents as JSON lines, prints what is wrong with them, and ends with 1 where anything is. The models
are made from the operators' own definitions; they let unknown fields pass, so what they give back is compared.
"""

import json
import sys
from importlib import import_module
from typing import Any

MODELS = {
    "keda.sh/v1alpha1": "cloudcoil.models.keda.v1alpha1",
    "monitoring.coreos.com/v1": "cloudcoil.models.prometheus_operator.v1",
}


def wrong(document: dict[str, Any]) -> str:
    """What is wrong with a resource; empty where nothing is."""
    model = getattr(import_module(MODELS[document["apiVersion"]]), document["kind"])
    try:
        read = model.model_validate(document)
    except ValueError as problem:
        return str(problem)
    given = read.model_dump(by_alias=True, exclude_unset=True, mode="json")
    return "" if given == document else f"unknown fields: {json.dumps(document)} became {json.dumps(given)}"


def main() -> int:
    """Judge what standard input holds."""
    problems = [problem for line in sys.stdin if (problem := wrong(json.loads(line)))]
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
