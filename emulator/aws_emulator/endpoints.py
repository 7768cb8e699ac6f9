"""VPC endpoints and PrivateLink: moto has both ends, and nothing between them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError, InvalidServiceName, UnknownVpcEndpointService
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.vpc_service_configuration import VPCServiceConfiguration
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint
from moto.ec2.responses import EC2Response
from moto.elbv2.exceptions import ResourceInUseError
from moto.elbv2.models import ELBv2Backend

GATEWAY = ("s3", "dynamodb")
INTERFACE = (
    "autoscaling",
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "eks-auth",
    "elasticloadbalancing",
    "kms",
    "logs",
    "s3",
    "sts",
)
"""https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html has all."""

_create_vpc_endpoint = EC2Response.create_vpc_endpoint
_delete_service_configurations = EC2Backend.delete_vpc_endpoint_service_configurations
_modify_service_permissions = EC2Response.modify_vpc_endpoint_service_permissions
_delete_load_balancer = ELBv2Backend.delete_load_balancer


def _backends() -> Iterator[EC2Backend]:
    """Of all accounts and regions that somebody has asked so far."""
    for account in list(ec2_backends.values()):
        yield from list(account.values())


def _service_named(name: str) -> VPCServiceConfiguration | None:
    """A service that somebody offers."""
    for backend in _backends():
        for service in backend.configurations.values():
            if service.service_name == name:
                return service
    return None


def _is_visible(service: VPCServiceConfiguration, account: str) -> bool:
    """To its owner, and to accounts with an allowed principal; which user asks is not looked at."""
    return account == service.ec2_backend.account_id or any(
        principal == "*" or principal.split(":")[4] == account for principal in service.principals
    )


def _connections(service: VPCServiceConfiguration) -> list[VPCEndPoint]:
    return [
        endpoint
        for backend in _backends()
        for endpoint in backend.vpc_end_points.values()
        if endpoint.service_name == service.service_name and endpoint.state != "deleted"
    ]


def _offered(service: VPCServiceConfiguration) -> dict[str, Any]:
    return {
        **service.to_dict(),
        "AvailabilityZones": sorted(set(service.availability_zones)),
        "ServiceRegion": service.ec2_backend.region_name,
        # https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html: of AWS's only.
        "VpcEndpointPolicySupported": False,
        "PrivateDnsNames": [],
        "Tags": [],
    }


def _of_aws(region: str, name: str, kind: str) -> dict[str, Any]:
    return {
        "ServiceName": f"com.amazonaws.{region}.{name}",
        "ServiceId": f"vpce-svc-{hashlib.sha1(f'{region}{name}{kind}'.encode()).hexdigest()[:17]}",
        "ServiceType": [{"ServiceType": kind}],
        "ServiceRegion": region,
        "AvailabilityZones": [f"{region}{zone}" for zone in "abc"],
        "Owner": "amazon",
        "BaseEndpointDnsNames": [f"{_reversed(name)}.{region}.vpce.amazonaws.com"],
        "AcceptanceRequired": False,
        "ManagesVpcEndpoints": False,
        "VpcEndpointPolicySupported": True,
        "Tags": [],
    }


def _reversed(name: str) -> str:
    """`ecr.api` answers as `api.ecr`."""
    return ".".join(reversed(name.split(".")))


def _matches(service: dict[str, Any], filters: list[dict[str, Any]]) -> bool:
    values = {
        "service-name": service["ServiceName"],
        "service-type": service["ServiceType"][0]["ServiceType"],
        "service-region": service["ServiceRegion"],
        "owner": service["Owner"],
    }
    return all(
        any(
            fnmatchcase(values.get(item["Name"], ""), pattern)
            for pattern in item.get("Values") or item.get("Value") or []
        )
        for item in filters
    )


def _describe_services(ec2: VPCBackend, **request: Any) -> dict[str, Any]:
    """moto asks all services it has, most of which are not installed here, and knows no wildcards."""
    account, region = ec2.account_id, request["region"]  # type: ignore[attr-defined]
    services = [_of_aws(region, name, "Gateway") for name in GATEWAY]
    services += [_of_aws(region, name, "Interface") for name in INTERFACE]
    services += [
        _offered(service)
        for backend in _backends()
        for service in backend.configurations.values()
        if backend.region_name == region and _is_visible(service, account)
    ]
    names = request.get("service_names") or []
    for name in names:
        if all(service["ServiceName"] != name for service in services):
            raise InvalidServiceName(name)
    found = [
        service
        for service in services
        if _matches(service, request.get("filters") or [])
        and (not names or service["ServiceName"] in names)
    ]
    return {
        "serviceNames": list({service["ServiceName"]: None for service in found}),
        "servicesDetails": found,
        "nextToken": "",
    }


def _refuse_impossible(response: EC2Response, service: VPCServiceConfiguration | None) -> None:
    """What AWS refuses of an interface endpoint. For the zones of another region nobody asks."""
    ec2, name = response.ec2_backend, response._get_param("ServiceName")
    private_dns = response._get_bool_param("PrivateDnsEnabled", if_none=True)
    if service is None:
        if name not in [f"com.amazonaws.{ec2.region_name}.{one}" for one in INTERFACE]:
            raise InvalidServiceName(name)
        vpc = ec2.get_vpc(response._get_param("VpcId"))
        for needed in ("enable_dns_support", "enable_dns_hostnames"):
            if private_dns and str(getattr(vpc, needed)).lower() != "true":
                raise EC2ClientError(
                    "InvalidParameter",
                    "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames "
                    f"VPC attributes set to true for {vpc.id}",
                )
        return
    home = service.ec2_backend.region_name
    if not _is_visible(service, ec2.account_id):
        raise InvalidServiceName(name)
    if home != ec2.region_name:
        if (
            response._get_param("ServiceRegion") != home
            or ec2.region_name not in service._supported_region_names
        ):
            raise InvalidServiceName(name)
    else:
        for subnet_id in response._get_param("SubnetIds", []):
            if ec2.get_subnet(subnet_id).availability_zone not in service.availability_zones:
                raise EC2ClientError(
                    "InvalidParameter",
                    f"The VPC endpoint service {name} does not support the availability zone of "
                    f"the subnet: {subnet_id}.",
                )
    if private_dns and not service.private_dns_name:
        raise EC2ClientError(
            "InvalidParameter",
            f"Private DNS can't be enabled because the service {name} does not provide a private "
            "DNS name.",
        )


def _create_endpoint(response: EC2Response) -> ActionResult:
    """moto lets everybody connect at once, and names no endpoint as AWS does."""
    if response._get_param("VpcEndpointType") != "Interface":
        return _create_vpc_endpoint(response)
    service = _service_named(response._get_param("ServiceName"))
    _refuse_impossible(response, service)
    result = _create_vpc_endpoint(response)
    endpoint, ec2 = result.result["VpcEndpoint"], response.ec2_backend  # type: ignore[index]
    endpoint.service_region = response._get_param("ServiceRegion")
    if service is not None and service.acceptance_required:
        endpoint.state = "pendingAcceptance"
    base = (
        f"{_reversed(endpoint.service_name.removeprefix(f'com.amazonaws.{ec2.region_name}.'))}"
        f".{ec2.region_name}.vpce.amazonaws.com"
        if service is None
        else f"{service.id}.{service.ec2_backend.region_name}.vpce.amazonaws.com"
    )
    own = f"{endpoint.id}-{hashlib.sha1(endpoint.id.encode()).hexdigest()[:8]}"
    zones = [ec2.get_subnet(subnet).availability_zone for subnet in endpoint.subnet_ids]
    names = [f"{own}.{base}", *(f"{own}-{zone}.{base}" for zone in zones)]
    endpoint.dns_entries = [{"DnsName": name, "HostedZoneId": "ZEMULATED"} for name in names]
    return result


def _own_service(response: EC2Response) -> VPCServiceConfiguration:
    service_id = response._get_param("ServiceId")
    service = response.ec2_backend.configurations.get(service_id)
    if service is None:
        raise UnknownVpcEndpointService(service_id)
    return service  # type: ignore[no-any-return]


def _decide(response: EC2Response, state: str) -> ActionResult:
    """Accepts or rejects, by the owner of the service."""
    asking = {endpoint.id: endpoint for endpoint in _connections(_own_service(response))}
    unsuccessful = []
    for endpoint_id in response._get_param("VpcEndpointIds", []):
        if endpoint_id in asking:
            asking[endpoint_id].state = state
        else:
            message = f"The VpcEndpoint Id '{endpoint_id}' does not exist"
            error = {"Code": "InvalidVpcEndpoint.NotFound", "Message": message}
            unsuccessful.append({"ResourceId": endpoint_id, "Error": error})
    return ActionResult({"Unsuccessful": unsuccessful})


def _accept(response: EC2Response) -> ActionResult:
    return _decide(response, "available")


def _reject(response: EC2Response) -> ActionResult:
    return _decide(response, "rejected")


def _describe_connections(response: EC2Response) -> ActionResult:
    found = [
        {
            "ServiceId": service.id,
            "VpcEndpointId": endpoint.id,
            "VpcEndpointOwner": endpoint.owner_id,
            "VpcEndpointState": endpoint.state,
            "VpcEndpointRegion": endpoint.ec2_backend.region_name,
            "CreationTimestamp": endpoint.creation_timestamp,
            "DnsEntries": endpoint.dns_entries,
            "NetworkLoadBalancerArns": service.network_load_balancer_arns,
        }
        for service in response.ec2_backend.configurations.values()
        for endpoint in _connections(service)
    ]
    filters = {
        "service-id": "ServiceId",
        "vpc-endpoint-owner": "VpcEndpointOwner",
        "vpc-endpoint-state": "VpcEndpointState",
    }
    wanted = response._filters_from_querystring()
    return ActionResult(
        {
            "VpcEndpointConnections": [
                one
                for one in found
                if all(one[filters[name]] in values for name, values in wanted.items())
            ]
        }
    )


def _permission(service: VPCServiceConfiguration, principal: str) -> dict[str, str]:
    digest = hashlib.sha1(f"{service.id}{principal}".encode()).hexdigest()
    return {
        "Principal": principal,
        "PrincipalType": "Account" if principal.endswith(":root") else "Role",
        "ServicePermissionId": f"vpce-svc-perm-{digest[:17]}",
        "ServiceId": service.id,
    }


def _modify_permissions(response: EC2Response) -> ActionResult:
    """moto does not say what was added, by whose id the provider knows it."""
    _modify_service_permissions(response)
    service = _own_service(response)
    added = response._get_param("AddAllowedPrincipals", [])
    return ActionResult(
        {
            "AddedPrincipals": [_permission(service, principal) for principal in added],
            "ReturnValue": True,
        }
    )


def _describe_permissions(response: EC2Response) -> ActionResult:
    service = _own_service(response)
    allowed = [_permission(service, principal) for principal in sorted(service.principals)]
    return ActionResult({"AllowedPrincipals": allowed})


def _delete_services(response: EC2Response) -> ActionResult:
    """moto deletes a service with connections. On AWS they hold it back."""
    unsuccessful = []
    for service_id in response._get_param("ServiceIds", []):
        service = response.ec2_backend.configurations.get(service_id)
        code, message = None, ""
        if service is None:
            code = "InvalidVpcEndpointService.NotFound"
            message = f"The VpcEndpointService Id '{service_id}' does not exist"
        elif any(one.state in ("available", "pendingAcceptance") for one in _connections(service)):
            code = "ExistingVpcEndpointConnections"
            message = f"Service {service_id} has existing active VPC Endpoint connections!"
        else:
            _delete_service_configurations(response.ec2_backend, [service_id])
        if code is not None:
            error = {"Code": code, "Message": message}
            unsuccessful.append({"ResourceId": service_id, "Error": error})
    return ActionResult({"Unsuccessful": unsuccessful})


def _delete_free_load_balancer(elb: ELBv2Backend, arn: str) -> None:
    """moto deletes a load balancer that an endpoint service offers. AWS does not."""
    for service in ec2_backends[elb.account_id][elb.region_name].configurations.values():
        if arn in service.network_load_balancer_arns:
            raise ResourceInUseError(
                f"Load balancer '{arn}' cannot be deleted because it is currently associated with "
                "another service"
            )
    _delete_load_balancer(elb, arn)


def correct() -> None:
    """Puts AWS's behaviour in the place of moto's, for the whole process."""
    for owner, name, correction in (
        (VPCBackend, "describe_vpc_endpoint_services", _describe_services),
        (EC2Response, "create_vpc_endpoint", _create_endpoint),
        (EC2Response, "accept_vpc_endpoint_connections", _accept),
        (EC2Response, "reject_vpc_endpoint_connections", _reject),
        (EC2Response, "describe_vpc_endpoint_connections", _describe_connections),
        (EC2Response, "modify_vpc_endpoint_service_permissions", _modify_permissions),
        (EC2Response, "describe_vpc_endpoint_service_permissions", _describe_permissions),
        (EC2Response, "delete_vpc_endpoint_service_configurations", _delete_services),
        (ELBv2Backend, "delete_load_balancer", _delete_free_load_balancer),
    ):
        setattr(owner, name, correction)
