"""Takes each request apart by AWS's own model of the EKS API and hands it to the backend."""

from __future__ import annotations

from moto.core.common_types import TYPE_RESPONSE
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores

from ..calls import record
from ..sts import caller
from .errors import EksError, invalid_parameter, invalid_request
from .models import eks_backends


class EksResponse(BaseResponse):
    def __init__(self) -> None:
        super().__init__(service_name="eks")
        self.automated_parameter_parsing = True

    def call_action(self) -> TYPE_RESPONSE:
        record(self)
        action = self._get_action()
        backend = eks_backends[self.current_account][self.region]
        operation = backend.operations.get(camelcase_to_underscores(action or ""))
        try:
            if operation is None:
                raise invalid_request(f"The emulator lacks this operation: {action or self.path}")
            caller.set(self.get_access_key())
            result = ActionResult(operation(self.params))
        except EksError as refusal:
            result = ActionResult(refusal)
        except ServiceException as elsewhere:
            # Another service refused, e.g. EC2 knows no such subnet. EKS hands its words on.
            result = ActionResult(invalid_parameter(elsewhere.message))
        return self.serialized(result)
