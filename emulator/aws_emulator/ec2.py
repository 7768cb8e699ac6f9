"""Where moto's EC2 differs from AWS in ways that matter here."""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_block_store import Snapshot
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC

_create_version = LaunchTemplate.create_version
_delete_nat_gateway = EC2Backend.delete_nat_gateway
_delete_security_group = EC2Backend.delete_security_group
_delete_subnet = EC2Backend.delete_subnet
_delete_vpc = EC2Backend.delete_vpc
_describe_snapshots = EC2Backend.describe_snapshots
_subnet_filter_value = Subnet.get_filter_value
_release_address = EC2Backend.release_address


def _create_version_without_own_tags(
    template: LaunchTemplate, data: dict[str, Any], description: str
) -> LaunchTemplateVersion:
    """moto mixes a template's own tags into what it says of instances: a change in every plan."""
    specifications = data.get("TagSpecifications")
    if specifications:
        data["TagSpecifications"] = [
            s for s in specifications if s["ResourceType"] != "launch-template"
        ]
    return _create_version(template, data, description)


def _delete_nat_gateway_and_interface(ec2: EC2Backend, nat_gateway_id: str) -> NatGateway:
    """moto leaves the network interface of a deleted NAT gateway behind, and its address taken."""
    gateway = _delete_nat_gateway(ec2, nat_gateway_id)
    for address in gateway.address_set:
        if address.get("associationId"):
            ec2.disassociate_address(association_id=address["associationId"])
        if address["networkInterfaceId"] in ec2.enis:
            ec2.delete_network_interface(address["networkInterfaceId"])
    return gateway


def _describe_own_snapshots(
    ec2: EC2Backend, snapshot_ids: list[str] | None = None, filters: Any = None
) -> list[Snapshot]:
    """moto takes the snapshots of Amazon's images, more than a thousand, for everybody's own."""
    found = _describe_snapshots(ec2, snapshot_ids, filters)
    return [one for one in found if snapshot_ids or one.owner_id == ec2.account_id]


def _delete_empty_subnet(ec2: EC2Backend, subnet_id: str) -> Subnet:
    """moto deletes a subnet with network interfaces in it. On AWS they hold it back."""
    if any(interface.subnet.id == subnet_id for interface in ec2.enis.values()):
        raise DependencyViolationError(
            f"The subnet '{subnet_id}' has dependencies and cannot be deleted."
        )
    return _delete_subnet(ec2, subnet_id)


def _delete_free_security_group(
    ec2: EC2Backend, name: str | None = None, group_id: str | None = None
) -> None:
    """moto deletes a group that others' rules or interfaces name. On AWS they hold it back."""
    others = [group for group in ec2.describe_security_groups() if group.id != group_id]
    rules = [rule for group in others for rule in (*group.ingress_rules, *group.egress_rules)]
    held = {group.id for interface in ec2.enis.values() for group in interface.group_set}
    if group_id in held | {rule.source_group.get("GroupId") for rule in rules}:
        raise DependencyViolationError(f"resource {group_id} has a dependent object")
    _delete_security_group(ec2, name=name, group_id=group_id)


def _delete_empty_vpc(ec2: EC2Backend, vpc_id: str) -> VPC:
    """moto deletes a VPC that has an internet gateway or groups of its own. AWS does not."""
    gateways = (gateway.vpc for gateway in ec2.internet_gateways.values())
    if any(vpc is not None and vpc.id == vpc_id for vpc in gateways) or not all(
        group.is_default for group in ec2.groups[vpc_id].values()
    ):
        raise DependencyViolationError(
            f"The vpc '{vpc_id}' has dependencies and cannot be deleted."
        )
    return _delete_vpc(ec2, vpc_id)


def _subnet_value(subnet: Subnet, filter_name: str, method_name: str | None = None) -> Any:
    """moto finds no subnet by its IPv6 block, for which Terraform waits."""
    if filter_name == "ipv6-cidr-block-association.association-id":
        return subnet.ipv6_cidr_block_associations.keys()
    return _subnet_filter_value(subnet, filter_name, method_name)


def _ipv6_blocks(subnet: Subnet) -> list[dict[str, Any]]:
    """moto writes the state of an IPv6 block into itself, where Terraform does not read it."""
    return [
        {**block, "ipv6CidrBlockState": {"state": block["ipv6CidrBlockState"]["State"]}}
        for block in subnet.ipv6_cidr_block_associations.values()
        if block["ipv6CidrBlockState"]["State"] == "associated"
    ]


def _description(rule: SecurityGroupRule) -> str | None:
    """moto forgets the description of a rule that names a group: a change in every plan."""
    return rule.ip_range.get("Description") or rule.source_group.get("Description")


def _release_free_address(
    ec2: EC2Backend, address: str | None = None, allocation_id: str | None = None
) -> None:
    """moto releases an address that a NAT gateway has. AWS does not."""
    for gateway in ec2.nat_gateways.values():
        held = {a.get("allocationId") for a in gateway.address_set}
        if gateway.state != "deleted" and allocation_id in held:
            raise EC2ClientError(
                "AuthFailure", "You do not have permission to access the specified resource."
            )
    _release_address(ec2, address=address, allocation_id=allocation_id)


def correct() -> None:
    """Puts AWS's behaviour in the place of moto's, for the whole process."""
    for owner, name, correction in (
        (LaunchTemplate, "create_version", _create_version_without_own_tags),
        (EC2Backend, "delete_nat_gateway", _delete_nat_gateway_and_interface),
        (EC2Backend, "delete_security_group", _delete_free_security_group),
        (EC2Backend, "delete_subnet", _delete_empty_subnet),
        (EC2Backend, "delete_vpc", _delete_empty_vpc),
        (EC2Backend, "describe_snapshots", _describe_own_snapshots),
        (EC2Backend, "release_address", _release_free_address),
        (Subnet, "get_filter_value", _subnet_value),
        (Subnet, "ipv6_cidr_block_association_set", property(_ipv6_blocks)),
        (SecurityGroupRule, "description", property(_description)),
    ):
        setattr(owner, name, correction)
