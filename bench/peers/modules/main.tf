# The clusters of the default pair as one would write them with terraform-aws-modules, in one root module. The
# benchmark puts the modules into the folder `vendor`, and says where AWS is (emulator.tf).

variable "admitted_cidrs" {
  description = "Who else may call the APIs of both clusters."
  type        = list(string)
}

variable "kubernetes_version" {
  type = string
}

locals {
  clusters = {
    istio  = { name = "mesh-istio", cidr = "10.10.0.0/16", webhook_port = 15017 }
    consul = { name = "mesh-consul", cidr = "10.20.0.0/16", webhook_port = 8080 }
  }
}

# Here and not in the VPCs: the API of each cluster admits the pods of the other.
resource "aws_eip" "nat" {
  for_each = local.clusters

  domain = "vpc"
  tags   = { Name = "${each.value.name}-nat-0" }
}

module "istio" {
  source = "./cluster"

  kubernetes_version = var.kubernetes_version
  name               = local.clusters.istio.name
  cidr               = local.clusters.istio.cidr
  webhook_port       = local.clusters.istio.webhook_port
  nat_allocation_id  = aws_eip.nat["istio"].id
  admitted_cidrs     = concat(var.admitted_cidrs, ["${aws_eip.nat["consul"].public_ip}/32"])
}

module "consul" {
  source = "./cluster"

  kubernetes_version = var.kubernetes_version
  name               = local.clusters.consul.name
  cidr               = local.clusters.consul.cidr
  webhook_port       = local.clusters.consul.webhook_port
  nat_allocation_id  = aws_eip.nat["consul"].id
  admitted_cidrs     = concat(var.admitted_cidrs, ["${aws_eip.nat["istio"].public_ip}/32"])
}
