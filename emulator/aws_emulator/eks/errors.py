"""Refusals of the EKS API, by the names that AWS gives them."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class EksError(ServiceException):
    """A class of our own: moto looks a refusal's HTTP status up by the module of its class."""


def not_found(what: str) -> EksError:
    return EksError("ResourceNotFoundException", what)


def in_use(what: str) -> EksError:
    return EksError("ResourceInUseException", what)


def invalid_parameter(what: str) -> EksError:
    return EksError("InvalidParameterException", what)


def invalid_request(what: str) -> EksError:
    return EksError("InvalidRequestException", what)
