import type { GuardrailWaiver } from '../constructs/guardrails';

/** What the default pair does although a rule, and the scanners, ask for something else. */
export const WAIVERS: readonly GuardrailWaiver[] = [
  {
    rule: 'eks-api-private',
    at: '*-cluster/cluster/cluster',
    reason:
      'Terraform deploys from outside of the VPC; the API admits the addresses of eks.endpoint.publicCidrs only, and eks.endpoint.privateOnly closes it',
  },
  {
    rule: 'cpu-limit',
    at: '*',
    reason:
      'a CPU limit throttles what handles requests and its sidecar while the node idles; requests share the CPU, memory is limited',
  },
  {
    rule: 'istio-named-callers',
    at: 'federation/federation/istio/access/gateway-policy',
    reason:
      'callers from the other mesh reach the gateway without an identity of this one; the policy names the servers that they may ask for, and the border behind them names the callers',
  },
];

/** The same for checks of checkov that no rule of ours stands for. */
export const CHECKOV_WAIVERS: readonly GuardrailWaiver[] = [
  {
    rule: 'CKV_K8S_43',
    at: 'federation/federation',
    reason:
      'no public source was found that names the digests of these images; their tags are exact',
  },
  {
    rule: 'CKV_K8S_15',
    at: '*',
    reason:
      'exact tags and digests never change, and a registry that is down must not stop a restart; IfNotPresent',
  },
  {
    rule: 'CKV2_AWS_19',
    at: 'nat-addresses',
    reason: 'the addresses are for NAT gateways of another stack, which checkov cannot see',
  },
  {
    rule: 'CKV_AWS_394',
    at: '*-cluster/network/zones',
    reason: 'the number of zones is a setting; further zones change nothing',
  },
];
