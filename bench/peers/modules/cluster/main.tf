# An EKS cluster in a VPC of its own, with what the default pair's have.

variable "kubernetes_version" {
  type = string
}

variable "name" {
  type = string
}

variable "cidr" {
  type = string
}

variable "nat_allocation_id" {
  type = string
}

variable "admitted_cidrs" {
  type = list(string)
}

variable "webhook_port" {
  description = "At which the API server calls the mesh's webhooks."
  type        = number
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  zones = slice(data.aws_availability_zones.available.names, 0, 3)
}

module "log_key" {
  source = "../vendor/kms"

  description             = "Logs of ${var.name}"
  deletion_window_in_days = 7

  key_statements = [
    {
      sid        = "CloudWatchLogs"
      actions    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
      resources  = ["*"]
      principals = [{ type = "Service", identifiers = ["logs.${data.aws_region.current.name}.amazonaws.com"] }]
      conditions = [
        {
          test     = "ArnLike"
          variable = "kms:EncryptionContext:aws:logs:arn"
          values = [
            for group in ["/aws/eks/${var.name}/cluster", "/aws/vpc/${var.name}/flow-log"] :
            "arn:aws:logs:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:log-group:${group}"
          ]
        }
      ]
    }
  ]
}

module "vpc" {
  source = "../vendor/vpc"

  name = var.name
  cidr = var.cidr
  azs  = local.zones

  private_subnets = [for zone in range(3) : cidrsubnet(var.cidr, 2, zone)]
  public_subnets  = [for zone in range(3) : cidrsubnet(var.cidr, 8, 192 + zone)]

  private_subnet_tags = {
    "kubernetes.io/cluster/${var.name}" = "shared"
    "kubernetes.io/role/internal-elb"   = "1"
  }
  public_subnet_tags = {
    "kubernetes.io/cluster/${var.name}" = "shared"
    "kubernetes.io/role/elb"            = "1"
  }

  enable_nat_gateway  = true
  single_nat_gateway  = true
  reuse_nat_ips       = true
  external_nat_ip_ids = [var.nat_allocation_id]

  enable_flow_log                                 = true
  create_flow_log_cloudwatch_log_group            = true
  create_flow_log_cloudwatch_iam_role             = true
  flow_log_cloudwatch_log_group_name_prefix       = "/aws/vpc/${var.name}/"
  flow_log_cloudwatch_log_group_name_suffix       = "flow-log"
  flow_log_cloudwatch_log_group_retention_in_days = 365
  flow_log_cloudwatch_log_group_kms_key_id        = module.log_key.key_arn
}

module "endpoints" {
  source = "../vendor/vpc/modules/vpc-endpoints"

  vpc_id = module.vpc.vpc_id
  endpoints = {
    s3 = {
      service         = "s3"
      service_type    = "Gateway"
      route_table_ids = concat(module.vpc.public_route_table_ids, module.vpc.private_route_table_ids)
      tags            = { Name = "${var.name}-s3" }
    }
  }
}

module "eks" {
  source = "../vendor/eks"

  cluster_name    = var.name
  cluster_version = var.kubernetes_version

  vpc_id     = module.vpc.vpc_id
  subnet_ids = module.vpc.private_subnets

  authentication_mode                      = "API"
  enable_cluster_creator_admin_permissions = true
  bootstrap_self_managed_addons            = false
  cluster_upgrade_policy                   = { support_type = "STANDARD" }
  cluster_service_ipv4_cidr                = "172.20.0.0/16"

  cluster_endpoint_public_access       = true
  cluster_endpoint_public_access_cidrs = var.admitted_cidrs

  cluster_enabled_log_types              = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  cloudwatch_log_group_retention_in_days = 365
  cloudwatch_log_group_kms_key_id        = module.log_key.key_arn
  kms_key_deletion_window_in_days        = 7

  # It would ask the issuer itself for its certificate, which no emulator has; AWS no longer looks at it.
  include_oidc_root_ca_thumbprint = false

  cluster_addons = {
    eks-pod-identity-agent = { before_compute = true }
    kube-proxy             = { before_compute = true }
    vpc-cni = {
      before_compute = true
      pod_identity_association = [
        { role_arn = aws_iam_role.addon["vpc-cni"].arn, service_account = "aws-node" }
      ]
    }
    coredns = {}
    aws-ebs-csi-driver = {
      pod_identity_association = [
        { role_arn = aws_iam_role.addon["aws-ebs-csi-driver"].arn, service_account = "ebs-csi-controller-sa" }
      ]
    }
  }

  eks_managed_node_groups = {
    default = {
      ami_type       = "AL2023_x86_64_STANDARD"
      instance_types = ["t3.medium"]
      min_size       = 2
      max_size       = 3
      desired_size   = 2

      iam_role_attach_cni_policy = false
      metadata_options = {
        http_endpoint               = "enabled"
        http_put_response_hop_limit = 1
        http_tokens                 = "required"
      }
      block_device_mappings = {
        root = {
          device_name = "/dev/xvda"
          ebs         = { delete_on_termination = true, encrypted = true, volume_size = 30, volume_type = "gp3" }
        }
      }
    }
  }

  node_security_group_additional_rules = {
    nodes = {
      description = "Nodes and pods to each other"
      type        = "ingress"
      protocol    = "-1"
      from_port   = 0
      to_port     = 0
      self        = true
    }
    webhooks = {
      description                   = "Injection and validation webhooks"
      type                          = "ingress"
      protocol                      = "tcp"
      from_port                     = var.webhook_port
      to_port                       = var.webhook_port
      source_cluster_security_group = true
    }
  }
  # The rules above are in their place.
  node_security_group_enable_recommended_rules = false
}

resource "aws_vpc_security_group_egress_rule" "nodes" {
  security_group_id = module.eks.node_security_group_id
  description       = "Images, AWS APIs, and what the workloads call"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_iam_role" "addon" {
  for_each = toset(["vpc-cni", "aws-ebs-csi-driver"])

  name_prefix           = "${var.name}-${trimprefix(each.key, "aws-")}-"
  force_detach_policies = true
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Service = "pods.eks.amazonaws.com" }
        Action    = ["sts:AssumeRole", "sts:TagSession"]
      }
    ]
  })
}

resource "aws_iam_role_policy_attachment" "addon" {
  for_each = {
    vpc-cni            = "AmazonEKS_CNI_Policy"
    aws-ebs-csi-driver = "service-role/AmazonEBSCSIDriverPolicy"
  }

  role       = aws_iam_role.addon[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/${each.value}"
}
