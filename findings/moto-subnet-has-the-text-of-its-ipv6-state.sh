#!/usr/bin/env bash
# moto 5.2.5 (boto3 1.44.8): the state of a subnet's IPv6 block is the text of a Python dictionary. One would guess
# that it is "associated", as moto says of the VPC's block in the same answer format, and as EC2 says of both
# (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SubnetCidrBlockState.html). Whoever waits for that state,
# as Terraform's AWS provider does after it has made such a subnet, waits until its timeout. The block is right, so
# nothing else looks wrong.
# Seen: "vpc associated", "subnet {'State': 'associated'}", also when the subnet is read again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'moto[ec2]==5.2.5' boto3==1.44.8 botocore==1.44.8

AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-north-1 venv/bin/python - >seen <<'PY'
import boto3
from moto import mock_aws

with mock_aws():
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    (of_vpc,) = vpc["Ipv6CidrBlockAssociationSet"]
    block = of_vpc["Ipv6CidrBlock"].replace("/56", "/64")
    made = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.0.0.0/24", Ipv6CidrBlock=block)["Subnet"]
    (read,) = ec2.describe_subnets(SubnetIds=[made["SubnetId"]])["Subnets"]
    print("vpc", of_vpc["Ipv6CidrBlockState"]["State"])
    for subnet in (made, read):
        (association,) = subnet["Ipv6CidrBlockAssociationSet"]
        assert association["Ipv6CidrBlock"] == block
        print("subnet", association["Ipv6CidrBlockState"]["State"])
PY
cat seen
diff seen - <<'SEEN'
vpc associated
subnet {'State': 'associated'}
subnet {'State': 'associated'}
SEEN
