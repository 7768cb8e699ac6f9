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

from . import calls, ec2, ends, endpoints, quotas, sts
from .eks import models
from .turns import WsgiApp, each_once

HEALTH_PATH = "/_emulator/health"
"""Answers with the world's id: what was created lives in memory, so a new process is a new world."""

PACE_PATH = "/_emulator/pace"
"""Takes a new pace, in seconds, by PUT; for what begins from then on."""

CALLS_PATH = "/_emulator/calls"
"""Answers with every kind of call so far: the action, who asked, and the names in it."""


def with_controls(app: WsgiApp) -> WsgiApp:
    health = json.dumps({"emulator": "aws", "world": str(uuid.uuid4()), "pid": os.getpid()})

    def dispatch(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO"), environ.get("REQUEST_METHOD")
        if path == PACE_PATH and method == "PUT":
            length = int(environ.get("CONTENT_LENGTH") or 0)
            models.set_pace(float(environ["wsgi.input"].read(length)))
        elif path not in (HEALTH_PATH, CALLS_PATH):
            return app(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        answer = json.dumps(calls.recorded()) if path == CALLS_PATH else health
        return [answer.encode()]

    return dispatch


def main() -> None:
    parser = argparse.ArgumentParser(prog="aws_emulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    args = parser.parse_args()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ends.with_starter()

    ec2.correct()
    endpoints.correct()
    calls.watch()
    quotas.correct()
    sts.correct()
    # moto looks its backends up here, and the URLs of a backend beside the module of its class.
    vars(moto.eks)["eks_backends"] = models.eks_backends
    app = DomainDispatcherApplication(create_backend_app)
    run_simple(
        "127.0.0.1",
        args.port,
        with_controls(each_once(app)),
        threaded=True,
        request_handler=MotoRequestHandler,
    )


if __name__ == "__main__":
    main()
