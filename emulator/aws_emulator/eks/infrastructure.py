"""What Amazon EKS reads and makes in the account's other services, in moto's own backends."""

from __future__ import annotations

import re
import uuid
from contextlib import suppress
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, autoscaling_backends
from moto.core.base_backend import BaseBackend
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend, ec2_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends

from .errors import invalid_parameter

Document = dict[str, Any]


def ec2_of(eks: BaseBackend) -> EC2Backend:
    return ec2_backends[eks.account_id][eks.region_name]


def autoscaling_of(eks: BaseBackend) -> AutoScalingBackend:
    return autoscaling_backends[eks.account_id][eks.region_name]


def require_role(eks: BaseBackend, arn: str) -> None:
    roles = iam_backends[eks.account_id]["aws"].roles.values()
    if all(role.arn != arn for role in roles):
        raise invalid_parameter(f"Role with arn: {arn}, could not be assumed")


def require_subnets(eks: BaseBackend, subnet_ids: list[str]) -> str:
    """The VPC of a cluster's subnets, which must lie in two zones or more."""
    subnets = ec2_of(eks).describe_subnets(subnet_ids=subnet_ids)
    if len({subnet.availability_zone for subnet in subnets}) < 2:
        raise invalid_parameter("Subnets specified must be in at least two different AZs")
    return str(subnets[0].vpc_id)


def require_ipv6(eks: BaseBackend, subnet_ids: list[str], network: Document) -> None:
    """Pods with IPv6 addresses need subnets that give nodes some, and Services get theirs from EKS.

    https://docs.aws.amazon.com/eks/latest/userguide/cni-ipv6.html
    """
    if network.get("serviceIpv4Cidr"):
        raise invalid_parameter("ipv6 ipFamily can not be used with custom serviceIpv4Cidr")
    subnets = ec2_of(eks).describe_subnets(subnet_ids=subnet_ids)
    if not all(subnet.ipv6_cidr_block_associations for subnet in subnets):
        raise invalid_parameter("Subnets must have an IPv6 CIDR block for an ipv6 cluster")
    if not all(str(subnet.assign_ipv6_address_on_creation).lower() == "true" for subnet in subnets):
        raise invalid_parameter("Subnets must assign IPv6 addresses on creation")


def service_addresses(network: Document) -> Document:
    """Of one family. Those of IPv6 are a block in fd00::/8 that EKS chooses."""
    if network.get("ipFamily") == "ipv6":
        digits = uuid.uuid4().hex
        block = f"fd{digits[:2]}:{digits[2:6]}:{digits[6:10]}::/108"
        return {"ipFamily": "ipv6", "serviceIpv6Cidr": block}
    return {
        "ipFamily": "ipv4",
        "serviceIpv4Cidr": network.get("serviceIpv4Cidr") or "172.20.0.0/16",
    }


def require_same_zones(eks: BaseBackend, subnet_ids: list[str], vpc: Document) -> None:
    """Other subnets of a control plane must be in its VPC, and in the zones that it has."""
    subnets = ec2_of(eks).describe_subnets(subnet_ids=subnet_ids)
    if any(subnet.vpc_id != vpc["vpcId"] for subnet in subnets):
        raise invalid_parameter("Subnets provided must belong to the VPC of the cluster")
    had = {s.availability_zone for s in ec2_of(eks).describe_subnets(subnet_ids=vpc["subnetIds"])}
    if {subnet.availability_zone for subnet in subnets} != had:
        raise invalid_parameter(
            "Provided subnets must belong to the set of AZs that subnets provided during cluster"
            " creation belong to"
        )


def require_principal(eks: BaseBackend, arn: str) -> None:
    """EKS has entries for users and roles that there are, by their ARN in IAM."""
    if re.fullmatch(r"arn:[^:]+:iam::\d{12}:(user|role)/.+", arn) is None:
        raise invalid_parameter("The principalArn parameter format is not valid")
    iam = iam_backends[eks.account_id]["aws"]
    known = {role.arn for role in iam.roles.values()} | {user.arn for user in iam.users.values()}
    # The emulator's own user, by whose credentials nobody is asked.
    known.add(f"arn:aws:iam::{eks.account_id}:user/moto")
    if f"::{eks.account_id}:" in arn and arn not in known:
        raise invalid_parameter("The specified principalArn is invalid: invalid principal.")


def require_key(eks: BaseBackend, arn: str) -> None:
    if re.fullmatch(r"arn:[^:]+:kms:[^:]+:\d{12}:key/.+", arn) is None:
        raise invalid_parameter(f"Invalid provider keyArn: {arn}")
    key = kms_backends[eks.account_id][eks.region_name].keys.get(arn.split("/", 1)[1])
    if key is None or key.key_state != "Enabled":
        raise invalid_parameter(f"The key {arn} is not enabled in this region")


def lost_keys(eks: BaseBackend, config: list[Document]) -> list[Document]:
    """What EKS reports of a cluster whose Secrets nobody can read any more."""
    keys = kms_backends[eks.account_id][eks.region_name].keys
    arns = [item["provider"]["keyArn"] for item in config]
    return [
        {
            "code": "KmsKeyMarkedForDeletion",
            "message": f"The KMS key {arn} is pending deletion",
            "resourceIds": [arn],
        }
        for arn in arns
        if (key := keys.get(arn.split("/", 1)[1])) is None or key.key_state != "Enabled"
    ]


def create_cluster_security_group(eks: BaseBackend, cluster: str, vpc_id: str) -> str:
    """The group of the control plane and the nodes, within which everything may talk."""
    name = f"eks-cluster-sg-{cluster}-{uuid.uuid4().int % 10**9}"
    ec2 = ec2_of(eks)
    group = ec2.create_security_group(
        name,
        "EKS created security group applied to ENI that is attached to EKS Control Plane master"
        " nodes, as well as any managed workloads.",
        vpc_id=vpc_id,
        tags={
            "Name": name,
            f"kubernetes.io/cluster/{cluster}": "owned",
            "aws:eks:cluster-name": cluster,
        },
    )
    ec2.authorize_security_group_ingress(
        group.id, "-1", "-1", "-1", [], source_groups=[{"GroupId": group.id}]
    )
    return str(group.id)


def delete_security_group(eks: BaseBackend, group_id: str) -> None:
    """Where something holds it back, it stays, and with it the VPC."""
    with suppress(EC2ClientError):
        ec2_of(eks).delete_security_group(group_id=group_id)


def write_control_plane_log(eks: BaseBackend, cluster: str) -> None:
    """EKS makes the log group itself, without a retention, where it is missing."""
    logs_backends[eks.account_id][eks.region_name].ensure_log_group(f"/aws/eks/{cluster}/cluster")


class NodeGroup:
    """The Auto Scaling group of a managed node group, its launch template and its instances."""

    def __init__(
        self, eks: BaseBackend, cluster: str, name: str, auto_scaling_group: str | None = None
    ) -> None:
        self.eks = eks
        self.cluster = cluster
        self.name = name
        self.auto_scaling_group = auto_scaling_group or f"eks-{name}-{uuid.uuid4()}"

    @staticmethod
    def of(eks: BaseBackend, document: Document) -> NodeGroup:
        group = document["resources"]["autoScalingGroups"][0]["name"]
        return NodeGroup(eks, document["clusterName"], document["nodegroupName"], group)

    def resolve_launch_template(self, wanted: Document) -> Document:
        """EKS answers with name, id and the number of the version, whichever were asked for."""
        ec2 = ec2_of(self.eks)
        template = (
            ec2.get_launch_template(wanted["id"])
            if wanted.get("id")
            else ec2.get_launch_template_by_name(wanted["name"])
        )
        version = template.get_version(wanted.get("version") or "$Default")
        return {"id": template.id, "name": template.name, "version": str(version.number)}

    def create(self, document: Document, cluster_security_group: str) -> None:
        """EKS runs the nodes from a copy of the user's launch template, with an image of its own."""
        ec2 = ec2_of(self.eks)
        data: Document = {}
        if "launchTemplate" in document:
            own = ec2.get_launch_template(document["launchTemplate"]["id"])
            data.update(own.get_version(document["launchTemplate"]["version"]).data)
        amazon_linux = next(i for i in ec2.describe_images() if i.root_device_name == "/dev/xvda")
        data.setdefault("ImageId", amazon_linux.id)
        data.setdefault("InstanceType", document["instanceTypes"][0])
        data.setdefault("SecurityGroups", [cluster_security_group])
        copy = ec2.create_launch_template(self.auto_scaling_group, "", data, {})
        scaling = document["scalingConfig"]
        autoscaling_of(self.eks).create_auto_scaling_group(
            name=self.auto_scaling_group,
            availability_zones=[],
            desired_capacity=scaling["desiredSize"],
            max_size=scaling["maxSize"],
            min_size=scaling["minSize"],
            launch_config_name="",
            launch_template={"LaunchTemplateId": copy.id, "Version": "$Latest"},
            vpc_zone_identifier=",".join(document["subnets"]),
            default_cooldown=None,
            health_check_period=None,
            health_check_type=None,
            load_balancers=[],
            target_group_arns=[],
            placement_group=None,
            termination_policies=[],
            tags=[
                {"Key": key, "Value": value, "PropagateAtLaunch": "true"}
                for key, value in {
                    "eks:cluster-name": self.cluster,
                    "eks:nodegroup-name": self.name,
                    f"kubernetes.io/cluster/{self.cluster}": "owned",
                }.items()
            ],
        )

        self._settle_instances()

    def resize(self, scaling: Document) -> None:
        autoscaling = autoscaling_of(self.eks)
        group = autoscaling.autoscaling_groups[self.auto_scaling_group]
        group.min_size, group.max_size = scaling["minSize"], scaling["maxSize"]
        autoscaling.set_desired_capacity(self.auto_scaling_group, scaling["desiredSize"])
        self._settle_instances()

    def _settle_instances(self) -> None:
        """What goes with a node on AWS goes with it here, and nothing is there twice.

        moto keeps the network interface of an instance that an Auto Scaling group ended, and gives
        each a root volume of its own beside that of the launch template.
        """
        ec2 = ec2_of(self.eks)
        group = autoscaling_of(self.eks).autoscaling_groups[self.auto_scaling_group]
        for instance in (state.instance for state in group.instance_states):
            for interface in instance.nics.values():
                interface.delete_on_termination = True
            volumes = instance.block_device_mapping
            if "/dev/xvda" in volumes and "/dev/sda1" in volumes:
                surplus = volumes["/dev/sda1"].volume_id
                ec2.detach_volume(surplus, instance.id, "/dev/sda1")
                ec2.delete_volume(surplus)

    def delete(self) -> None:
        autoscaling = autoscaling_of(self.eks)
        # Somebody may have deleted it.
        if self.auto_scaling_group in autoscaling.autoscaling_groups:
            autoscaling.delete_auto_scaling_group(self.auto_scaling_group)
        ec2_of(self.eks).delete_launch_template(self.auto_scaling_group, None)
