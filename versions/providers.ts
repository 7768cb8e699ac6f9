import type { Provider } from './types';

/** The Terraform providers, each in the version of its bindings. */
export const PROVIDERS: readonly Provider[] = [
  {
    name: 'hashicorp/aws',
    version: '5.100.0',
    bindings: { name: '@cdktf/provider-aws', version: '20.1.0' },
  },
  {
    name: 'hashicorp/helm',
    version: '3.1.1',
    bindings: { name: '@cdktf/provider-helm', version: '12.1.2' },
  },
  {
    name: 'hashicorp/kubernetes',
    version: '2.38.0',
    bindings: { name: '@cdktf/provider-kubernetes', version: '12.1.1' },
    faults: [
      {
        from: '2.38.0',
        fixed: '3.2.1',
        what: 'with Terraform 1.12 and later the plan after a create that timed out stops with "Unexpected Identity Change"',
        source: 'https://github.com/hashicorp/terraform-provider-kubernetes/pull/2904',
      },
    ],
  },
  {
    name: 'hashicorp/tls',
    version: '4.1.0',
    bindings: { name: '@cdktf/provider-tls', version: '11.0.1' },
  },
];
