# The clusters of the default pair as one would write them with terraform-aws-modules, in one root module. The
# benchmark makes this main.tf, puts the modules into the folder `vendor`, and says where AWS is (emulator.tf).

variable "admitted_cidrs" {
  description = "Who else may call the APIs of both clusters."
  type        = list(string)
}

variable "kubernetes_version" {
  type = string
}

variable "clusters" {
  type = map(object({ name = string, cidr = string, webhook_port = number }))
}

# Here and not in the VPCs: the API of each cluster admits the pods of the other.
resource "aws_eip" "nat" {
  for_each = var.clusters

  domain = "vpc"
  tags   = { Name = "${each.value.name}-nat-0" }
}

module "istio" {
  source = "./cluster"

  kubernetes_version = var.kubernetes_version
  name               = var.clusters.istio.name
  cidr               = var.clusters.istio.cidr
  webhook_port       = var.clusters.istio.webhook_port
  nat_allocation_id  = aws_eip.nat["istio"].id
  admitted_cidrs     = concat(var.admitted_cidrs, ["${aws_eip.nat["consul"].public_ip}/32"])
}

module "consul" {
  source = "./cluster"

  kubernetes_version = var.kubernetes_version
  name               = var.clusters.consul.name
  cidr               = var.clusters.consul.cidr
  webhook_port       = var.clusters.consul.webhook_port
  nat_allocation_id  = aws_eip.nat["consul"].id
  admitted_cidrs     = concat(var.admitted_cidrs, ["${aws_eip.nat["istio"].public_ip}/32"])
}
