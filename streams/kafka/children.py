"""Child processes, and ports of this machine that nobody else can reach."""

import asyncio
import ctypes
import signal
import socket
import sys
from contextlib import suppress

LOOPBACK = "127.0.0.1"
_PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """A loopback port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


async def end_child(
    process: asyncio.subprocess.Process, within_s: float, number: signal.Signals = signal.SIGTERM
) -> None:
    """Tell a child process to stop, where it has not, and wait for it; one that takes longer is killed."""
    if process.returncode is not None:
        return
    process.send_signal(number)
    try:
        await asyncio.wait_for(process.wait(), within_s)
    except TimeoutError:
        with suppress(ProcessLookupError):  # it has just gone by itself
            process.kill()
        await process.wait()


def die_with_parent() -> None:
    """For a child process: a server that nobody owns any more would keep its port and memory.

    Linux only; elsewhere the child outlives a SIGKILL of its parent.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
