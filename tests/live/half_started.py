"""`interdict worker`, one of whose parts finds a broker that accepts it and says nothing, and then hangs up: run as
`python -m tests.live.half_started worker`, with the address of that broker in `DEAF`."""

import os

import faust

import interdict.run.worker
from interdict.cli import main
from streams.core.pipeline import Pipeline
from streams.runtime.app import create_app
from streams.runtime.wallclock import WallClock
from streams.settings import Settings

DEAF = "INTERDICT_TEST_DEAF"
PART = "accounts"


def create_app_or_deaf(settings: Settings, pipeline: Pipeline, clock: WallClock) -> faust.App:
    """The app of a pipeline, at another broker than the others for one of them."""
    if pipeline.name == PART:
        settings = settings.model_copy(update={"bootstrap": os.environ[DEAF]})
    return create_app(settings, pipeline, clock)


if __name__ == "__main__":
    interdict.run.worker.create_app = create_app_or_deaf
    main()
