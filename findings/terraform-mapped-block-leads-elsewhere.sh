#!/usr/bin/env bash
# Terraform 1.11: cidrhost of a block of IPv4-mapped addresses gives an address that is not in it, and says nothing. It
# counts through other blocks of IPv6, such as 64:ff9b::/96 of NAT64, as through those of IPv4; so one would guess that
# it counts through ::ffff:0:0/96, as which dual-stack sockets and logs show IPv4, or refuses it. The number is added in
# the wrong octets, those in front. cidrsubnet of the same block gives one of IPv4, as "1.0.0.0/8". Python's ipaddress
# stays in the block, and in IPv6. What helps is the block in the form of IPv4.
# Seen of address 1 and of subnet 1 with 8 bits more: 64:ff9b::/96 "64:ff9b::1" and "64:ff9b::100:0/104", by Python too;
# ::ffff:0:0/96 "0:1::ffff:0:0" and "1.0.0.0/8", by Python "::ffff:0:1" and "::ffff:100:0/104"; whether the addresses
# are in their blocks: "True, False".
# Needs Terraform 1.11 or later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
cat >main.tf <<'TF'
output "seen" {
  value = { for block in ["64:ff9b::/96", "::ffff:0:0/96"] : block => [cidrhost(block, 1), cidrsubnet(block, 8, 1)] }
}
TF
terraform plan -input=false -no-color -out plan >/dev/null
terraform show -json plan >plan.json
python3 - >seen <<'PY'
import ipaddress
import itertools
import json


def text(address):
    """In hexadecimal digits, as versions of Python write mapped addresses differently."""
    if address.ipv4_mapped is None:
        return str(address)
    high, low = divmod(int(address.ipv4_mapped), 1 << 16)
    return f"::ffff:{high:x}:{low:x}"


values = json.load(open("plan.json"))["planned_values"]["outputs"]["seen"]["value"]
for block, (host, subnet) in sorted(values.items()):
    network = ipaddress.ip_network(block)
    second = next(itertools.islice(network.subnets(8), 1, None))
    there = ipaddress.ip_address(host) in network
    print(block, host, subnet, text(network[1]), f"{text(second.network_address)}/{second.prefixlen}", there)
PY
echo "$(terraform version | sed -n 1p), $(python3 --version): $(paste -sd';' seen | sed 's/;/; /g')"
diff seen - <<'SEEN'
64:ff9b::/96 64:ff9b::1 64:ff9b::100:0/104 64:ff9b::1 64:ff9b::100:0/104 True
::ffff:0:0/96 0:1::ffff:0:0 1.0.0.0/8 ::ffff:0:1 ::ffff:100:0/104 False
SEEN
