"""Where moto's Service Quotas lack what this project asks for: moto knows those of VPCs only."""

from __future__ import annotations

from typing import Any

from moto.servicequotas.models import ServiceQuotasBackend

QUOTAS = {
    # The defaults of https://docs.aws.amazon.com/general/latest/gr/eks.html and ec2-service.html,
    # but for the two of vCPUs: a new account starts with 5, and gets more as it is used.
    ("eks", "L-1194D53C"): ("Clusters", 100.0),
    ("ec2", "L-0263D0A3"): ("EC2-VPC Elastic IPs", 5.0),
    ("ec2", "L-1216C47A"): (
        "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
        32.0,
    ),
    ("ec2", "L-34B43A08"): (
        "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests",
        32.0,
    ),
}

_get_service_quota = ServiceQuotasBackend.get_service_quota


def _get_service_quota_of_more(
    backend: ServiceQuotasBackend, service_code: str, quota_code: str
) -> dict[str, Any]:
    known = QUOTAS.get((service_code, quota_code))
    if known is None:
        return _get_service_quota(backend, service_code, quota_code)
    name, value = known
    return {
        "ServiceCode": service_code,
        "QuotaCode": quota_code,
        "QuotaName": name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


def correct() -> None:
    """Puts AWS's behaviour in the place of moto's, for the whole process."""
    setattr(ServiceQuotasBackend, "get_service_quota", _get_service_quota_of_more)
