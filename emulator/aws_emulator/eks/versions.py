"""What Amazon EKS offers: versions of the add-ons and the node images, by Kubernetes version.

The emulator accepts any version of an add-on in EKS's own form. This table only answers whoever
asks which versions there are.
"""

from __future__ import annotations

import re

KUBERNETES_VERSIONS = ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36")

DEFAULT_KUBERNETES_VERSION = "1.34"

ADDONS = {
    "vpc-cni": "v1.20.4-eksbuild.2",
    "coredns": "v1.12.4-eksbuild.1",
    "kube-proxy": "v{kubernetes}.0-eksbuild.2",
    "aws-ebs-csi-driver": "v1.52.1-eksbuild.1",
    "eks-pod-identity-agent": "v1.3.9-eksbuild.3",
    "metrics-server": "v0.8.0-eksbuild.2",
    "kube-state-metrics": "v2.17.0-eksbuild.1",
}
"""The default version of each add-on that the emulator knows."""

ADDON_VERSION = re.compile(r"v\d+\.\d+\.\d+-eksbuild\.\d+")

NODE_RELEASE_DATE = "20251112"


def addon_version(name: str, kubernetes: str) -> str:
    return ADDONS[name].format(kubernetes=kubernetes)


def node_release(kubernetes: str) -> str:
    return f"{kubernetes}.0-{NODE_RELEASE_DATE}"
