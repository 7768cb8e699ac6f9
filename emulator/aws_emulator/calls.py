"""The record of all calls, to hold the deployer's policy against."""

from __future__ import annotations

import re
import threading
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import BaseResponse

_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]*/([^/]+)/aws4_request")

_calls: dict[tuple[str, str, str], dict[str, Any]] = {}
_lock = threading.Lock()

# By these the policy tells resources apart, as the APIs spell them.
_NAMES = ("RoleName", "logGroupName", "OpenIDConnectProviderArn")


def _names(response: BaseResponse) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _NAMES:
        value = response._get_param(name)
        if isinstance(value, str):
            found[name] = value
    return found


def record(response: BaseResponse) -> None:
    """Writes down which action a request is, as IAM names it, and who asks."""
    scope = _SCOPE.search(str(response.headers.get("Authorization", "")))
    if scope is None:
        return
    action = f"{scope.group(1)}:{response._get_action()}"
    agent = str(response.headers.get("User-Agent", ""))
    path = response.path if scope.group(1) == "eks" else ""
    names = _names(response)
    key = (action, agent, f"{path} {names}")
    with _lock:
        _calls.setdefault(key, {"action": action, "agent": agent, "path": path, "names": names})


def recorded() -> list[dict[str, Any]]:
    with _lock:
        return list(_calls.values())


def watch() -> None:
    """Records every call from now on, for the whole process."""
    call_action = BaseResponse.call_action

    def call_and_record(response: BaseResponse) -> TYPE_RESPONSE:
        record(response)
        return call_action(response)

    setattr(BaseResponse, "call_action", call_and_record)
