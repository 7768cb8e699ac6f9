"""Where moto's STS differs from AWS in ways that matter here."""

from __future__ import annotations

from contextvars import ContextVar

from moto.iam.models import iam_backends
from moto.sts.models import STSBackend, sts_backends

caller: ContextVar[str] = ContextVar("caller", default="")
"""Access key of the request that is being answered: no part of its document, and EKS goes by it."""

_get_caller_identity = STSBackend.get_caller_identity


def _get_caller_identity_of_iam(
    sts: STSBackend, access_key_id: str, region: str
) -> tuple[str, str, str]:
    """AWS names a user by IAM; only a session of a role is of STS."""
    user_id, arn, account = _get_caller_identity(sts, access_key_id, region)
    return user_id, arn.replace(":sts:", ":iam:") if ":user/" in arn else arn, account


def principal_of_caller(account_id: str, region: str) -> str:
    """The user or role behind the request, as an access entry of EKS names it."""
    sts = sts_backends[account_id]["aws"]
    _, arn, _ = _get_caller_identity_of_iam(sts, caller.get(), region)
    if ":assumed-role/" not in arn:
        return arn
    name = arn.split("/")[1]
    return str(iam_backends[account_id]["aws"].get_role(name).arn)


def correct() -> None:
    """Puts AWS's behaviour in the place of moto's, for the whole process."""
    setattr(STSBackend, "get_caller_identity", _get_caller_identity_of_iam)
