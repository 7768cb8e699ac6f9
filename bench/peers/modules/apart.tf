# One of the two clusters as one would write it with terraform-aws-modules, in a root module of its own: each of
# two teams has one. The benchmark treats it like together.tf.

variable "admitted_cidrs" {
  description = "Who else may call the API of the cluster."
  type        = list(string)
}

variable "other_address" {
  description = "By which the pods of the other cluster call it, as the other team says."
  type        = string
}

variable "kubernetes_version" {
  type = string
}

variable "name" {
  type = string
}

variable "cidr" {
  type = string
}

variable "webhook_port" {
  type = number
}

resource "aws_eip" "nat" {
  domain = "vpc"
  tags   = { Name = "${var.name}-nat-0" }
}

module "cluster" {
  source = "./cluster"

  kubernetes_version = var.kubernetes_version
  name               = var.name
  cidr               = var.cidr
  webhook_port       = var.webhook_port
  nat_allocation_id  = aws_eip.nat.id
  admitted_cidrs     = concat(var.admitted_cidrs, [var.other_address])
}

# The other team must be told.
output "nat_address" {
  value = aws_eip.nat.public_ip
}
