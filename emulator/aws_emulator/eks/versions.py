"""What Amazon EKS offers: versions of the add-ons and the node images, by Kubernetes version.

The emulator accepts any version of an add-on in EKS's own form. This table only answers whoever
asks which versions there are.
"""

from __future__ import annotations

import re
from datetime import date

SUPPORT = {
    "1.31": ("2025-11-26", "2026-11-26"),
    "1.32": ("2026-03-23", "2027-03-23"),
    "1.33": ("2026-07-29", "2027-07-29"),
    "1.34": ("2026-12-02", "2027-12-02"),
    "1.35": ("2027-03-27", "2028-03-27"),
    "1.36": ("2027-08-02", "2028-08-02"),
}
"""The last days of standard and of extended support, as AWS's page has them.

https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
"""

KUBERNETES_VERSIONS = tuple(SUPPORT)

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


def support_status(kubernetes: str, today: date) -> str:
    standard, extended = (date.fromisoformat(day) for day in SUPPORT[kubernetes])
    if today <= standard:
        return "STANDARD_SUPPORT"
    return "EXTENDED_SUPPORT" if today <= extended else "UNSUPPORTED"


def node_release(kubernetes: str) -> str:
    return f"{kubernetes}.0-{NODE_RELEASE_DATE}"
