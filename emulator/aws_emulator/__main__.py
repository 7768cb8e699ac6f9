"""Starts the emulator: ``python -m aws_emulator --port 5000``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import uuid
from collections.abc import Callable, Iterable
from typing import Any

# moto reads these when it is imported. Without the managed policies, attaching
# AmazonEKSClusterPolicy and its like to a role is refused.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

import moto.eks
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import run_simple

from . import ec2
from .eks.models import eks_backends

HEALTH_PATH = "/_emulator/health"
"""Answers with the world's id: what was created lives in memory, so a new process is a new world."""

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def with_health(app: WsgiApp) -> WsgiApp:
    body = json.dumps({"emulator": "aws", "world": str(uuid.uuid4()), "pid": os.getpid()}).encode()

    def dispatch(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != HEALTH_PATH:
            return app(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [body]

    return dispatch


def main() -> None:
    parser = argparse.ArgumentParser(prog="aws_emulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    args = parser.parse_args()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    ec2.correct()
    # moto looks its backends up here, and the URLs of a backend beside the module of its class.
    vars(moto.eks)["eks_backends"] = eks_backends
    app = DomainDispatcherApplication(create_backend_app)
    run_simple(
        "127.0.0.1",
        args.port,
        with_health(app),
        threaded=True,
        request_handler=MotoRequestHandler,
    )


if __name__ == "__main__":
    main()
