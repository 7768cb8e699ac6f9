/**
 * Services of AWS that nodes of EKS and what runs on them call, beside S3: nodes and the volume driver ask
 * EC2, images come from ECR, pods take roles by Pod Identity (`eks-auth`) or by STS, agents write logs, and a
 * controller in the cluster makes load balancers.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
 */
export const AWS_ENDPOINTS = [
  'ec2',
  'ecr.api',
  'ecr.dkr',
  'eks',
  'eks-auth',
  'elasticloadbalancing',
  'logs',
  'sts',
] as const;
/** A service of AWS that has endpoints in the VPC: one of `AWS_ENDPOINTS`. */
export type AwsEndpoint = (typeof AWS_ENDPOINTS)[number];
