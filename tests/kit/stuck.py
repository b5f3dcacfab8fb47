"""Ends a test that does not end: pytest's timeout breaks it off once, and what hangs while it is taken down hangs for
ever, without a name. Here the process says where it stands, thread by thread and task by task, and is gone; the others
run its other tests."""

import asyncio
import faulthandler
import gc
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LOOK_S = 5.0
"""Between two looks at the clock: one thread looks for all tests of a process, so that none pays for a thread."""
_under_way: list[tuple[float, float, str, int]] = []
"""When it should have ended, after how long, its name, and where to say so."""
_watcher: list[threading.Thread] = []


@contextmanager
def ended_after(seconds: float, name: str, fd: int) -> Iterator[None]:
    """End this process if what is done meanwhile takes longer.

    Args:
        seconds: how long it may take.
        name: of what is done.
        fd: where to say so: a file descriptor that nobody reads back into the process.
    """
    if not _watcher:
        _watcher.append(threading.Thread(target=_watch, name="stuck", daemon=True))
        _watcher[0].start()
    _under_way[:] = [(time.monotonic() + seconds, seconds, name, fd)]
    try:
        yield
    finally:
        _under_way.clear()


def _watch() -> None:
    never = threading.Event()
    while not never.wait(LOOK_S):
        for until, seconds, name, fd in tuple(_under_way):
            if time.monotonic() > until:
                _end(seconds, name, fd)


def _end(seconds: float, name: str, fd: int) -> None:
    with os.fdopen(os.dup(fd), "w") as out:
        print(f"\nSTUCK: {name} has not ended after {seconds:.0f} s", file=out, flush=True)
        faulthandler.dump_traceback(file=out)
        for task in [held for held in gc.get_objects() if isinstance(held, asyncio.Task) and not held.done()]:
            print(f"\n{task.get_name()}", *_awaits(task.get_coro()), sep="\n  ", file=out)
    os._exit(1)


def _awaits(awaited: object) -> Iterator[str]:
    """Where a coroutine waits, and in it that which it waits for, to the innermost."""
    while (frame := _of(awaited, "frame")) is not None:
        yield f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_qualname}"
        awaited = _of(awaited, "await") or _of(awaited, "yieldfrom")
    yield repr(awaited)


def _of(awaited: object, what: str) -> Any:
    """An attribute that coroutines, asynchronous generators and generators each have under a name of their own."""
    return next((got for kind in ("cr", "ag", "gi") if (got := getattr(awaited, f"{kind}_{what}", None))), None)
