"""`python -m deploy.supply lock | audit [--or-say-so] | sbom`: what `make lock`, `make audit` and `make sbom` run."""

import argparse
import subprocess
import sys

from deploy.supply import audit, locks, sbom
from deploy.supply.tools import ROOT


def main() -> int:
    """The exit code: 0 done, 1 a vulnerability or a failure, 3 not audited."""
    parser = argparse.ArgumentParser(prog="python -m deploy.supply", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("lock", help="resolve every dependency anew, and lock it with hashes")
    auditing = commands.add_parser("audit", help="look for known vulnerabilities of what is locked")
    auditing.add_argument(
        "--or-say-so", action="store_true", help="where nobody could be asked, say so and end with 0, as in CI"
    )
    commands.add_parser("sbom", help="write what the image runs, with licences, to dist/")
    asked = parser.parse_args()
    try:
        return _do(asked)
    except (subprocess.CalledProcessError, ValueError) as problem:
        print(f"deploy.supply: {problem}", file=sys.stderr)
        return 1


def _do(asked: argparse.Namespace) -> int:
    if asked.command == "lock":
        locks.renew()
    elif asked.command == "sbom":
        print(sbom.make().relative_to(ROOT))
    else:
        verdict = audit.audit()
        print("\n".join(verdict.lines))
        return 0 if asked.or_say_so and verdict.exit is audit.Exit.NOT_RUN else int(verdict.exit)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
