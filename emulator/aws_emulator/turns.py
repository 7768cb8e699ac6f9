"""One request at a time, and each once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

turn = threading.Lock()
"""Whoever reads or changes what the emulator holds has it: moto's backends are not made for threads."""

REMEMBERED = 1000
"""How many answers are kept. Whoever asks again does so within seconds."""


def each_once(app: WsgiApp) -> WsgiApp:
    """Answers a request that has succeeded as before, and does not do it again.

    An SDK whose connection ends before the answer asks again, with the same invocation id. AWS
    refuses some of that, e.g. to revoke a rule that is gone by then, and so stops a whole deploy.
    """
    answers: dict[str, tuple[Iterable[bytes], str, Headers]] = {}

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        with turn:
            if _has_gone(environ):
                start_response("499 Client Closed Request", [])
                return []
            given = answers.get(invocation) if invocation else None
            if given is None:
                given = run_wsgi_app(app, environ, buffered=True)
                # What was refused may be right the next time, and an SDK asks again then, too.
                if invocation and given[1].startswith("2"):
                    answers[invocation] = given
                    if len(answers) > REMEMBERED:
                        del answers[next(iter(answers))]
        body, status, headers = given
        start_response(status, list(headers))
        return body

    return answer


def _has_gone(environ: dict[str, Any]) -> bool:
    """Whether nobody waits for the answer any more.

    Terraform's provider hangs up when it is interrupted, and forgets what it has asked for. On AWS
    a request waits for no other, so that hardly any is given up before it is done.
    """
    connection: socket.socket | None = environ.get("werkzeug.socket")
    if connection is None:
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
