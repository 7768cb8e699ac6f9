"""When the emulator ends by itself."""

from __future__ import annotations

import os
import signal
import threading
import time

INTERVAL = 1.0
"""Seconds between two looks."""


def with_starter() -> None:
    """Ends the emulator after the process that EMULATOR_ENDS_WITH names, where it names one.

    Whoever stops it at the end, as tests do, may be killed before that.
    """
    starter = os.environ.get("EMULATOR_ENDS_WITH")
    if starter:
        threading.Thread(target=_end_after, args=(int(starter),), daemon=True).start()


def _end_after(pid: int) -> None:
    while _is_there(pid):
        time.sleep(INTERVAL)
    os.kill(os.getpid(), signal.SIGTERM)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
