"""Amazon EKS in memory, as far as this project and Terraform's AWS provider use it.

moto's own EKS backend lacks add-ons, access entries, access policies and Pod Identity, leaves out
or invents fields that the provider needs on a second run, and gives every cluster the same OIDC
issuer and a CA that is no certificate. This one takes its place.

Every object is kept as the document that the API returns. What EKS makes on its own is made too:
the cluster security group, the control plane's log group, the nodes and their Auto Scaling group.
So what a destroy leaves behind on AWS stays behind here as well.
"""

from __future__ import annotations

import base64
import os
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from moto.core.base_backend import BackendDict, BaseBackend

from ..sts import principal_of_caller
from ..turns import turn
from . import infrastructure
from .errors import in_use, invalid_parameter, invalid_request, not_found
from .versions import (
    ADDON_VERSION,
    ADDONS,
    DEFAULT_KUBERNETES_VERSION,
    KUBERNETES_VERSIONS,
    SUPPORT,
    addon_version,
    node_release,
    support_status,
)

Document = dict[str, Any]
Operation = Callable[[Document], Document]

pace = float(os.environ.get("EMULATOR_PACE", "1"))
"""How many seconds a cluster, node group or add-on takes to come or go. EKS takes many minutes."""

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")

CHANGEABLE = (
    "resourcesVpcConfig",
    "logging",
    "accessConfig",
    "upgradePolicy",
    "zonalShiftConfig",
    "deletionProtection",
)
"""What UpdateClusterConfig changes here."""

RESERVED_LABELS = ("kubernetes.io/", "k8s.io/", "eks.amazonaws.com/")

CLUSTER_ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


def now() -> datetime:
    return datetime.now(timezone.utc)


def set_pace(seconds: float) -> None:
    global pace
    pace = seconds


def later(action: Callable[[], None]) -> None:
    """Lets EKS finish something in the background, in its turn among the requests."""

    def act() -> None:
        with turn:
            action()

    timer = threading.Timer(pace, act)
    timer.daemon = True
    timer.start()


def new_certificate_authority(cluster_name: str) -> str:
    """A cluster's CA, as EKS hands it out: PEM, in base64."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cluster_name[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now())
        .not_valid_after(now() + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.PEM)).decode()


def logging_document(requested: Document | None) -> Document:
    """EKS answers with every log type, whichever of them were asked for."""
    enabled = {
        log_type
        for setup in (requested or {}).get("clusterLogging", [])
        if setup.get("enabled")
        for log_type in setup["types"]
    }
    groups = [
        {"types": [t for t in LOG_TYPES if (t in enabled) is wanted], "enabled": wanted}
        for wanted in (True, False)
    ]
    return {"clusterLogging": [group for group in groups if group["types"]]}


def logs_enabled(cluster: Document) -> bool:
    return any(setup["enabled"] for setup in cluster["logging"]["clusterLogging"])


class Cluster:
    """A cluster's document and everything that belongs to it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.nodegroups: dict[str, Document] = {}
        self.addons: dict[str, Document] = {}
        self.access_entries: dict[str, Document] = {}
        self.access_policies: dict[str, dict[str, Document]] = {}
        self.pod_identities: dict[str, Document] = {}
        self.updates: dict[str, Document] = {}

    def tagged(self) -> Mapping[str, Document]:
        """Every taggable document by its ARN."""
        return {
            self.document["arn"]: self.document,
            **{n["nodegroupArn"]: n for n in self.nodegroups.values()},
            **{a["addonArn"]: a for a in self.addons.values()},
            **{e["accessEntryArn"]: e for e in self.access_entries.values()},
            **{p["associationArn"]: p for p in self.pod_identities.values()},
        }

    def record_update(self, kind: str, changes: Document) -> Document:
        update: Document = {
            "id": str(uuid.uuid4()),
            "status": "Successful",
            "type": kind,
            "params": [{"type": name, "value": str(value)} for name, value in changes.items()],
            "createdAt": now(),
            "errors": [],
        }
        self.updates[update["id"]] = update
        return update


def auto_mode_document(request: Document) -> Document:
    """The parts of Auto Mode, which EKS takes together or not at all."""
    compute = request.get("computeConfig") or {}
    storage = request.get("storageConfig") or {}
    network = request.get("kubernetesNetworkConfig") or {}
    parts = {
        bool(compute.get("enabled")),
        bool((storage.get("blockStorage") or {}).get("enabled")),
        bool((network.get("elasticLoadBalancing") or {}).get("enabled")),
    }
    if len(parts) > 1:
        raise invalid_parameter(
            "For EKS Auto Mode, please ensure that all required configs, including computeConfig,"
            " kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully"
            " disabled."
        )
    if parts == {False}:
        return {}
    if request.get("bootstrapSelfManagedAddons", True):
        raise invalid_parameter(
            "When EKS Auto Mode is enabled, bootstrapSelfManagedAddons must be set to false."
        )
    return {"computeConfig": compute, "storageConfig": storage}


class EksBackend(BaseBackend):
    """The operations of the EKS API, each from the request's document to the answer's."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.clusters: dict[str, Cluster] = {}

    @property
    def operations(self) -> Mapping[str, Operation]:
        return {
            operation.__name__: operation
            for operation in (
                self.create_cluster,
                self.describe_cluster,
                self.list_clusters,
                self.update_cluster_config,
                self.update_cluster_version,
                self.associate_encryption_config,
                self.delete_cluster,
                self.describe_update,
                self.create_nodegroup,
                self.describe_nodegroup,
                self.list_nodegroups,
                self.update_nodegroup_config,
                self.update_nodegroup_version,
                self.delete_nodegroup,
                self.create_addon,
                self.describe_addon,
                self.list_addons,
                self.update_addon,
                self.delete_addon,
                self.describe_addon_versions,
                self.describe_cluster_versions,
                self.create_access_entry,
                self.describe_access_entry,
                self.list_access_entries,
                self.update_access_entry,
                self.delete_access_entry,
                self.associate_access_policy,
                self.list_associated_access_policies,
                self.disassociate_access_policy,
                self.create_pod_identity_association,
                self.describe_pod_identity_association,
                self.list_pod_identity_associations,
                self.update_pod_identity_association,
                self.delete_pod_identity_association,
                self.tag_resource,
                self.untag_resource,
                self.list_tags_for_resource,
            )
        }

    # Clusters

    def create_cluster(self, request: Document) -> Document:
        name = request["name"]
        if name in self.clusters:
            raise in_use(f"Cluster already exists with name: {name}")
        version = request.get("version", DEFAULT_KUBERNETES_VERSION)
        if version not in KUBERNETES_VERSIONS:
            raise invalid_parameter(f"unsupported Kubernetes version {version}")
        infrastructure.require_role(self, request["roleArn"])
        for item in request.get("encryptionConfig") or []:
            infrastructure.require_key(self, item["provider"]["keyArn"])

        auto = auto_mode_document(request)
        for role_arn in filter(None, [auto.get("computeConfig", {}).get("nodeRoleArn")]):
            infrastructure.require_role(self, role_arn)

        vpc = request["resourcesVpcConfig"]
        vpc_id = infrastructure.require_subnets(self, vpc["subnetIds"])
        access = request.get("accessConfig") or {}
        network = request.get("kubernetesNetworkConfig") or {}
        if network.get("ipFamily") == "ipv6":
            infrastructure.require_ipv6(self, vpc["subnetIds"], network)
        cluster_id = uuid.uuid4().hex.upper()
        document: Document = {
            "name": name,
            "arn": self._arn("cluster", name),
            "createdAt": now(),
            "version": version,
            "endpoint": f"https://{cluster_id}.gr7.{self.region_name}.eks.amazonaws.com",
            "roleArn": request["roleArn"],
            "resourcesVpcConfig": {
                "subnetIds": vpc["subnetIds"],
                "securityGroupIds": vpc.get("securityGroupIds") or [],
                "clusterSecurityGroupId": infrastructure.create_cluster_security_group(
                    self, name, vpc_id
                ),
                "vpcId": vpc_id,
                "endpointPublicAccess": vpc.get("endpointPublicAccess", True),
                "endpointPrivateAccess": vpc.get("endpointPrivateAccess", False),
                "publicAccessCidrs": vpc.get("publicAccessCidrs") or ["0.0.0.0/0"],
            },
            "kubernetesNetworkConfig": {
                **infrastructure.service_addresses(network),
                "elasticLoadBalancing": {"enabled": bool(auto)},
            },
            **auto,
            "logging": logging_document(request.get("logging")),
            "identity": {
                "oidc": {
                    "issuer": f"https://oidc.eks.{self.region_name}.amazonaws.com/id/{cluster_id}"
                }
            },
            "status": "CREATING",
            "certificateAuthority": {"data": new_certificate_authority(name)},
            "platformVersion": "eks.1",
            "tags": request.get("tags") or {},
            "encryptionConfig": request.get("encryptionConfig") or [],
            "health": {"issues": []},
            "accessConfig": {
                "authenticationMode": access.get("authenticationMode") or "CONFIG_MAP",
                "bootstrapClusterCreatorAdminPermissions": access.get(
                    "bootstrapClusterCreatorAdminPermissions", True
                ),
            },
            "upgradePolicy": request.get("upgradePolicy") or {"supportType": "EXTENDED"},
            "deletionProtection": request.get("deletionProtection") or False,
        }
        if request.get("zonalShiftConfig"):
            document["zonalShiftConfig"] = request["zonalShiftConfig"]
        cluster = Cluster(document)
        self.clusters[name] = cluster
        if document["accessConfig"]["bootstrapClusterCreatorAdminPermissions"]:
            self._admit_creator(cluster)
        if logs_enabled(document):
            infrastructure.write_control_plane_log(self, name)
        later(lambda: document.update(status="ACTIVE"))
        return {"cluster": document}

    def describe_cluster(self, request: Document) -> Document:
        document = self._cluster(request).document
        document["health"] = {
            "issues": infrastructure.lost_keys(self, document["encryptionConfig"])
        }
        return {"cluster": document}

    def list_clusters(self, _request: Document) -> Document:
        return {"clusters": sorted(self.clusters)}

    def update_cluster_config(self, request: Document) -> Document:
        cluster = self._active_cluster(request)
        changes = {key: value for key, value in request.items() if key in CHANGEABLE}
        if "logging" in changes:
            changes["logging"] = logging_document(changes["logging"])
        vpc = cluster.document["resourcesVpcConfig"]
        if (changes.get("resourcesVpcConfig") or {}).get("subnetIds"):
            infrastructure.require_same_zones(self, changes["resourcesVpcConfig"]["subnetIds"], vpc)
        for key, value in changes.items():
            if key in ("resourcesVpcConfig", "accessConfig"):
                cluster.document[key].update(value)
            else:
                cluster.document[key] = value
        if logs_enabled(cluster.document):
            infrastructure.write_control_plane_log(self, cluster.document["name"])
        return {"update": cluster.record_update("ConfigUpdate", changes)}

    def update_cluster_version(self, request: Document) -> Document:
        cluster = self._active_cluster(request)
        current, wanted = cluster.document["version"], request["version"]
        if wanted not in KUBERNETES_VERSIONS or (
            KUBERNETES_VERSIONS.index(wanted) != KUBERNETES_VERSIONS.index(current) + 1
        ):
            raise invalid_parameter(
                f"Unsupported Kubernetes minor version update from {current} to {wanted}"
            )
        cluster.document["version"] = wanted
        return {"update": cluster.record_update("VersionUpdate", {"Version": wanted})}

    def associate_encryption_config(self, request: Document) -> Document:
        """Once for each cluster: EKS neither changes the key nor takes it away."""
        cluster = self._active_cluster(request)
        if cluster.document["encryptionConfig"]:
            raise invalid_request("Encryption is already enabled on the cluster")
        for item in request["encryptionConfig"]:
            infrastructure.require_key(self, item["provider"]["keyArn"])
        cluster.document["encryptionConfig"] = request["encryptionConfig"]
        return {"update": cluster.record_update("AssociateEncryptionConfig", {})}

    def delete_cluster(self, request: Document) -> Document:
        cluster = self._cluster(request)
        document, name = cluster.document, cluster.document["name"]
        if cluster.nodegroups:
            raise in_use("Cluster has nodegroups attached")
        if document["deletionProtection"]:
            raise invalid_request("Cluster has deletion protection enabled")
        document["status"] = "DELETING"

        def finish() -> None:
            # The control plane logs until its end, and makes its log group again if it has gone:
            # https://github.com/hashicorp/terraform-provider-aws/issues/920
            if logs_enabled(document):
                infrastructure.write_control_plane_log(self, name)
            self.clusters.pop(name, None)
            # The cluster goes without it:
            # https://github.com/hashicorp/terraform-provider-aws/issues/20925
            infrastructure.delete_security_group(
                self, document["resourcesVpcConfig"]["clusterSecurityGroupId"]
            )

        later(finish)
        return {"cluster": document}

    def describe_update(self, request: Document) -> Document:
        updates = self._cluster(request).updates
        if request["updateId"] not in updates:
            raise not_found(f"No update found for ID: {request['updateId']}")
        return {"update": updates[request["updateId"]]}

    # Managed node groups

    def create_nodegroup(self, request: Document) -> Document:
        cluster = self._active_cluster(request)
        cluster_name, name = cluster.document["name"], request["nodegroupName"]
        if name in cluster.nodegroups:
            raise in_use(
                f"NodeGroup already exists with name {name} and cluster name {cluster_name}"
            )
        template = request.get("launchTemplate")
        if template and request.get("diskSize"):
            raise invalid_parameter("Disk size must be specified within the launch template.")
        if template and request.get("remoteAccess"):
            raise invalid_parameter(
                "Remote access configuration cannot be specified with a launch template."
            )
        infrastructure.require_role(self, request["nodeRole"])
        if request.get("scalingConfig"):
            self._require_scaling(request["scalingConfig"])
        self._require_labels(request.get("labels") or {})

        version = request.get("version") or cluster.document["version"]
        nodes = infrastructure.NodeGroup(self, cluster_name, name)
        document: Document = {
            "nodegroupName": name,
            "nodegroupArn": self._arn("nodegroup", f"{cluster_name}/{name}/{uuid.uuid4()}"),
            "clusterName": cluster_name,
            "version": version,
            "releaseVersion": request.get("releaseVersion") or node_release(version),
            "createdAt": now(),
            "modifiedAt": now(),
            "status": "CREATING",
            "capacityType": request.get("capacityType") or "ON_DEMAND",
            "scalingConfig": request.get("scalingConfig")
            or {"minSize": 1, "maxSize": 2, "desiredSize": 2},
            "instanceTypes": request.get("instanceTypes") or ["t3.medium"],
            "subnets": request["subnets"],
            "amiType": request.get("amiType") or "AL2023_x86_64_STANDARD",
            "nodeRole": request["nodeRole"],
            "labels": request.get("labels") or {},
            "taints": request.get("taints") or [],
            "resources": {"autoScalingGroups": [{"name": nodes.auto_scaling_group}]},
            "health": {"issues": []},
            "updateConfig": request.get("updateConfig") or {"maxUnavailable": 1},
            "tags": request.get("tags") or {},
        }
        if template:
            document["launchTemplate"] = nodes.resolve_launch_template(template)
        else:
            document["diskSize"] = request.get("diskSize") or 20
        for optional in ("remoteAccess", "nodeRepairConfig"):
            if request.get(optional):
                document[optional] = request[optional]
        nodes.create(document, cluster.document["resourcesVpcConfig"]["clusterSecurityGroupId"])
        cluster.nodegroups[name] = document
        self._admit_nodes(cluster, document["nodeRole"])
        later(lambda: document.update(status="ACTIVE"))
        return {"nodegroup": document}

    def describe_nodegroup(self, request: Document) -> Document:
        return {"nodegroup": self._nodegroup(request)}

    def list_nodegroups(self, request: Document) -> Document:
        return {"nodegroups": sorted(self._cluster(request).nodegroups)}

    def update_nodegroup_config(self, request: Document) -> Document:
        cluster, document = self._cluster(request), self._nodegroup(request)
        labels, taints = request.get("labels") or {}, request.get("taints") or {}
        self._require_labels(labels.get("addOrUpdateLabels") or {})
        document["labels"].update(labels.get("addOrUpdateLabels") or {})
        for key in labels.get("removeLabels") or []:
            document["labels"].pop(key, None)

        added = taints.get("addOrUpdateTaints") or []
        replaced = {
            (t["key"], t.get("effect")) for t in [*added, *(taints.get("removeTaints") or [])]
        }
        kept = [t for t in document["taints"] if (t["key"], t.get("effect")) not in replaced]
        document["taints"] = [*kept, *added]

        for key in ("updateConfig", "nodeRepairConfig"):
            if request.get(key):
                document[key] = request[key]
        if request.get("scalingConfig"):
            scaling = {**document["scalingConfig"], **request["scalingConfig"]}
            self._require_scaling(scaling)
            document["scalingConfig"] = scaling
            infrastructure.NodeGroup.of(self, document).resize(document["scalingConfig"])
        document["modifiedAt"] = now()
        changes = {k: v for k, v in request.items() if k not in ("name", "nodegroupName")}
        return {"update": cluster.record_update("ConfigUpdate", changes)}

    def update_nodegroup_version(self, request: Document) -> Document:
        cluster, document = self._cluster(request), self._nodegroup(request)
        if request.get("launchTemplate"):
            nodes = infrastructure.NodeGroup.of(self, document)
            document["launchTemplate"] = nodes.resolve_launch_template(request["launchTemplate"])
        version = request.get("version") or document["version"]
        document["version"] = version
        document["releaseVersion"] = request.get("releaseVersion") or node_release(version)
        document["modifiedAt"] = now()
        return {"update": cluster.record_update("VersionUpdate", {"Version": version})}

    def delete_nodegroup(self, request: Document) -> Document:
        cluster, document = self._cluster(request), self._nodegroup(request)
        document["status"] = "DELETING"

        def finish() -> None:
            cluster.nodegroups.pop(document["nodegroupName"], None)
            if all(n["nodeRole"] != document["nodeRole"] for n in cluster.nodegroups.values()):
                cluster.access_entries.pop(document["nodeRole"], None)
            infrastructure.NodeGroup.of(self, document).delete()

        later(finish)
        return {"nodegroup": document}

    # Add-ons

    def create_addon(self, request: Document) -> Document:
        cluster = self._active_cluster(request)
        cluster_name, name = cluster.document["name"], request["addonName"]
        if name not in ADDONS:
            raise invalid_parameter(f"Addon {name} specified is not supported")
        if name in cluster.addons:
            raise in_use(f"Addon already exists: {name}")
        version = request.get("addonVersion") or addon_version(name, cluster.document["version"])
        self._require_addon_version(name, version)
        document: Document = {
            "addonName": name,
            "clusterName": cluster_name,
            "status": "CREATING",
            "addonVersion": version,
            "health": {"issues": []},
            "addonArn": self._arn("addon", f"{cluster_name}/{name}/{uuid.uuid4()}"),
            "createdAt": now(),
            "modifiedAt": now(),
            "tags": request.get("tags") or {},
        }
        self._configure_addon(cluster, document, request)
        cluster.addons[name] = document
        later(lambda: document.update(status="ACTIVE"))
        return {"addon": document}

    def describe_addon(self, request: Document) -> Document:
        return {"addon": self._addon(request)}

    def list_addons(self, request: Document) -> Document:
        return {"addons": sorted(self._cluster(request).addons)}

    def update_addon(self, request: Document) -> Document:
        cluster, document = self._cluster(request), self._addon(request)
        if request.get("addonVersion"):
            self._require_addon_version(document["addonName"], request["addonVersion"])
            document["addonVersion"] = request["addonVersion"]
        self._configure_addon(cluster, document, request)
        document["modifiedAt"] = now()
        changes = {k: v for k, v in request.items() if k not in ("clusterName", "addonName")}
        return {"update": cluster.record_update("AddonUpdate", changes)}

    def delete_addon(self, request: Document) -> Document:
        cluster, document = self._cluster(request), self._addon(request)
        document["status"] = "DELETING"

        def finish() -> None:
            cluster.addons.pop(document["addonName"], None)
            for association in document.get("podIdentityAssociations", []):
                cluster.pod_identities.pop(association.rsplit("/", 1)[1], None)

        later(finish)
        return {"addon": document}

    def describe_cluster_versions(self, request: Document) -> Document:
        wanted = request.get("clusterVersions") or list(KUBERNETES_VERSIONS)
        today = datetime.now(timezone.utc).date()
        versions = [
            {
                "clusterVersion": version,
                "clusterType": "eks",
                "defaultVersion": version == DEFAULT_KUBERNETES_VERSION,
                "endOfStandardSupportDate": f"{SUPPORT[version][0]}T00:00:00Z",
                "endOfExtendedSupportDate": f"{SUPPORT[version][1]}T00:00:00Z",
                "status": support_status(version, today).lower().replace("_", "-"),
                "versionStatus": support_status(version, today),
            }
            for version in reversed(KUBERNETES_VERSIONS)
            if version in wanted
        ]
        # Those that are out of all support are named only when all are asked for.
        every = request.get("includeAll") or request.get("clusterVersions")
        return {
            "clusterVersions": [v for v in versions if every or v["versionStatus"] != "UNSUPPORTED"]
        }

    def describe_addon_versions(self, request: Document) -> Document:
        names = [request["addonName"]] if request.get("addonName") else list(ADDONS)
        wanted = request.get("kubernetesVersion")
        kubernetes = [wanted] if wanted else list(KUBERNETES_VERSIONS)
        return {
            "addons": [
                {
                    "addonName": name,
                    "owner": "aws",
                    "publisher": "eks",
                    "addonVersions": [
                        {
                            "addonVersion": version,
                            "architecture": ["amd64", "arm64"],
                            "compatibilities": [
                                {
                                    "clusterVersion": k,
                                    "platformVersions": ["*"],
                                    "defaultVersion": True,
                                }
                                for k in kubernetes
                                if addon_version(name, k) == version
                            ],
                        }
                        for version in sorted({addon_version(name, k) for k in kubernetes})
                    ],
                }
                for name in names
                if name in ADDONS
            ]
        }

    # Access entries and their policies

    def create_access_entry(self, request: Document) -> Document:
        cluster = self._active_cluster(request)
        if cluster.document["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
            raise invalid_request(
                "The cluster's authentication mode must be set to one of"
                " [API, API_AND_CONFIG_MAP] to perform this operation."
            )
        principal = request["principalArn"]
        infrastructure.require_principal(self, principal)
        if principal in cluster.access_entries:
            raise in_use("The specified access entry resource is already in use on this cluster.")
        return {"accessEntry": self._add_access_entry(cluster, request)}

    def describe_access_entry(self, request: Document) -> Document:
        return {"accessEntry": self._access_entry(request)}

    def list_access_entries(self, request: Document) -> Document:
        return {"accessEntries": sorted(self._cluster(request).access_entries)}

    def update_access_entry(self, request: Document) -> Document:
        entry = self._access_entry(request)
        for key in ("kubernetesGroups", "username"):
            if key in request:
                entry[key] = request[key]
        entry["modifiedAt"] = now()
        return {"accessEntry": entry}

    def delete_access_entry(self, request: Document) -> Document:
        cluster, entry = self._cluster(request), self._access_entry(request)
        cluster.access_entries.pop(entry["principalArn"])
        cluster.access_policies.pop(entry["principalArn"], None)
        return {}

    def associate_access_policy(self, request: Document) -> Document:
        cluster, entry = self._cluster(request), self._access_entry(request)
        if not request["policyArn"].startswith("arn:aws:eks::aws:cluster-access-policy/"):
            raise invalid_parameter("The policyArn parameter format is not valid")
        association = {
            "policyArn": request["policyArn"],
            "accessScope": request["accessScope"],
            "associatedAt": now(),
            "modifiedAt": now(),
        }
        policies = cluster.access_policies.setdefault(entry["principalArn"], {})
        policies[request["policyArn"]] = association
        return {
            "clusterName": entry["clusterName"],
            "principalArn": entry["principalArn"],
            "associatedAccessPolicy": association,
        }

    def list_associated_access_policies(self, request: Document) -> Document:
        cluster, entry = self._cluster(request), self._access_entry(request)
        policies = cluster.access_policies.get(entry["principalArn"], {})
        return {
            "clusterName": entry["clusterName"],
            "principalArn": entry["principalArn"],
            "associatedAccessPolicies": list(policies.values()),
        }

    def disassociate_access_policy(self, request: Document) -> Document:
        cluster, entry = self._cluster(request), self._access_entry(request)
        policies = cluster.access_policies.get(entry["principalArn"], {})
        if policies.pop(request["policyArn"], None) is None:
            raise not_found("The specified access policy is not associated")
        return {}

    # Pod Identity associations

    def create_pod_identity_association(self, request: Document) -> Document:
        cluster = self._active_cluster(request)
        infrastructure.require_role(self, request["roleArn"])
        return {"association": self._add_pod_identity(cluster, request)}

    def describe_pod_identity_association(self, request: Document) -> Document:
        return {"association": self._pod_identity(request)}

    def list_pod_identity_associations(self, request: Document) -> Document:
        wanted = {k: request[k] for k in ("namespace", "serviceAccount") if request.get(k)}
        return {
            "associations": [
                association
                for association in self._cluster(request).pod_identities.values()
                if wanted.items() <= association.items()
            ]
        }

    def update_pod_identity_association(self, request: Document) -> Document:
        association = self._pod_identity(request)
        if "roleArn" in request:
            infrastructure.require_role(self, request["roleArn"])
        for key in ("roleArn", "disableSessionTags"):
            if key in request:
                association[key] = request[key]
        association["modifiedAt"] = now()
        return {"association": association}

    def delete_pod_identity_association(self, request: Document) -> Document:
        association = self._pod_identity(request)
        self._cluster(request).pod_identities.pop(association["associationId"])
        return {"association": association}

    # Tags

    def tag_resource(self, request: Document) -> Document:
        self._tags(request).update(request["tags"])
        return {}

    def untag_resource(self, request: Document) -> Document:
        tags = self._tags(request)
        for key in request["tagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags_for_resource(self, request: Document) -> Document:
        return {"tags": self._tags(request)}

    # What the operations share

    def _arn(self, kind: str, path: str) -> str:
        return f"arn:aws:eks:{self.region_name}:{self.account_id}:{kind}/{path}"

    def _cluster(self, request: Document) -> Cluster:
        name = request.get("clusterName") or request["name"]
        if name not in self.clusters:
            raise not_found(f"No cluster found for name: {name}.")
        return self.clusters[name]

    def _active_cluster(self, request: Document) -> Cluster:
        cluster = self._cluster(request)
        if cluster.document["status"] != "ACTIVE":
            raise invalid_request(f"Cluster '{cluster.document['name']}' is not in ACTIVE status")
        return cluster

    def _nodegroup(self, request: Document) -> Document:
        name = request["nodegroupName"]
        nodegroups = self._cluster(request).nodegroups
        if name not in nodegroups:
            raise not_found(f"No node group found for name: {name}.")
        return nodegroups[name]

    def _addon(self, request: Document) -> Document:
        name = request["addonName"]
        addons = self._cluster(request).addons
        if name not in addons:
            raise not_found(f"No addon: {name} found in cluster: {request['clusterName']}")
        return addons[name]

    def _require_scaling(self, scaling: Document) -> None:
        low, wanted, high = (scaling[k] for k in ("minSize", "desiredSize", "maxSize"))
        if low > high:
            raise invalid_parameter(f"Minimum capacity {low} can't be greater than maximum {high}")
        if low > wanted:
            raise invalid_parameter(
                f"Minimum capacity {low} can't be greater than desired size {wanted}"
            )
        if wanted > high:
            raise invalid_parameter(
                f"desired capacity {wanted} can't be greater than max size {high}"
            )

    def _require_labels(self, labels: dict[str, str]) -> None:
        for key, value in labels.items():
            if not 1 <= len(key) <= 63 or not 1 <= len(value) <= 63:
                raise invalid_parameter("Label keys and values must have 1 to 63 characters")
            if any(domain in key for domain in RESERVED_LABELS):
                raise invalid_parameter(
                    f"Label cannot contain reserved prefixes [{', '.join(RESERVED_LABELS)}]"
                )

    def _require_addon_version(self, name: str, version: str) -> None:
        if not ADDON_VERSION.fullmatch(version):
            raise invalid_parameter(f"Addon version {version} of {name} is not supported")

    def _configure_addon(self, cluster: Cluster, document: Document, request: Document) -> None:
        for key in ("serviceAccountRoleArn", "configurationValues"):
            if key in request:
                document[key] = request[key]
        if document.get("serviceAccountRoleArn"):
            infrastructure.require_role(self, document["serviceAccountRoleArn"])
        if "podIdentityAssociations" in request:
            for old in document.get("podIdentityAssociations", []):
                cluster.pod_identities.pop(old.rsplit("/", 1)[1], None)
            document["podIdentityAssociations"] = [
                self._add_pod_identity(
                    cluster,
                    {**wanted, "namespace": "kube-system", "tags": {}},
                    document["addonArn"],
                )["associationArn"]
                for wanted in request["podIdentityAssociations"]
            ]

    def _add_access_entry(self, cluster: Cluster, request: Document) -> Document:
        cluster_name, principal = cluster.document["name"], request["principalArn"]
        entry: Document = {
            "clusterName": cluster_name,
            "principalArn": principal,
            "kubernetesGroups": request.get("kubernetesGroups") or [],
            "accessEntryArn": self._arn(
                "access-entry", f"{cluster_name}/{principal.split(':')[5]}/{uuid.uuid4()}"
            ),
            "createdAt": now(),
            "modifiedAt": now(),
            "tags": request.get("tags") or {},
            "username": request.get("username") or principal,
            "type": request.get("type") or "STANDARD",
        }
        cluster.access_entries[principal] = entry
        return entry

    def _access_entry(self, request: Document) -> Document:
        entries = self._cluster(request).access_entries
        if request["principalArn"] not in entries:
            raise not_found(
                "The specified principalArn could not be found. You can view your available"
                " access entries with 'list-access-entries'."
            )
        return entries[request["principalArn"]]

    def _admit_creator(self, cluster: Cluster) -> None:
        """EKS makes whoever creates a cluster its administrator, unless it is told not to."""
        creator = principal_of_caller(self.account_id, self.region_name)
        self._add_access_entry(cluster, {"principalArn": creator})
        cluster.access_policies[creator] = {
            CLUSTER_ADMIN_POLICY: {
                "policyArn": CLUSTER_ADMIN_POLICY,
                "accessScope": {"type": "cluster", "namespaces": []},
                "associatedAt": now(),
                "modifiedAt": now(),
            }
        }

    def _admit_nodes(self, cluster: Cluster, role: str) -> None:
        """EKS makes the access entry of a managed node group's role itself."""
        uses_entries = cluster.document["accessConfig"]["authenticationMode"] != "CONFIG_MAP"
        if uses_entries and role not in cluster.access_entries:
            self._add_access_entry(
                cluster,
                {
                    "principalArn": role,
                    "kubernetesGroups": ["system:nodes"],
                    "username": "system:node:{{EC2PrivateDNSName}}",
                    "type": "EC2_LINUX",
                },
            )

    def _add_pod_identity(
        self, cluster: Cluster, request: Document, owner: str | None = None
    ) -> Document:
        cluster_name = cluster.document["name"]
        key = {k: request[k] for k in ("namespace", "serviceAccount")}
        if any(key.items() <= existing.items() for existing in cluster.pod_identities.values()):
            raise in_use(
                "Association already exists: "
                f"service account {key['serviceAccount']} in {key['namespace']}"
            )
        association_id = f"a-{uuid.uuid4().hex[:17]}"
        association: Document = {
            **key,
            "clusterName": cluster_name,
            "roleArn": request["roleArn"],
            "associationArn": self._arn(
                "podidentityassociation", f"{cluster_name}/{association_id}"
            ),
            "associationId": association_id,
            "tags": request.get("tags") or {},
            "createdAt": now(),
            "modifiedAt": now(),
            "disableSessionTags": request.get("disableSessionTags") or False,
        }
        if owner:
            association["ownerArn"] = owner
        cluster.pod_identities[association_id] = association
        return association

    def _pod_identity(self, request: Document) -> Document:
        associations = self._cluster(request).pod_identities
        if request["associationId"] not in associations:
            raise not_found(f"No association found with id: {request['associationId']}")
        return associations[request["associationId"]]

    def _tags(self, request: Document) -> dict[str, str]:
        for cluster in self.clusters.values():
            document = cluster.tagged().get(request["resourceArn"])
            if document is not None:
                tags: dict[str, str] = document["tags"]
                return tags
        raise not_found(f"No resource found for ARN: {request['resourceArn']}")


eks_backends = BackendDict(EksBackend, "eks")
