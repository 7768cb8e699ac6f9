import { LINKERD_NAMES } from '../../../jobs/keys';
import { own } from '../../../plan/meshes/kind';
import { LINKERD_AUTHORITY } from '../../../plan/meshes/linkerd/authority';
import type { DeployedMeshKind } from '../kind';
import { linkerdInbound, linkerdOutbound } from './border';
import { readConfigMap } from '../../trust/permission';

/** Linkerd, in a cluster. */
export const LINKERD: DeployedMeshKind = {
  inboundBorder: linkerdInbound,
  outboundBorder: linkerdOutbound,
  borderProblems: () => [],
  forBorders: () => ({}),
  roots(member) {
    const { namespace } = own(member, 'linkerd').mesh;
    // By the chart, or by whoever has an authority of his own (identity.externalCA).
    const configMap = LINKERD_NAMES.roots;
    return {
      namespace,
      rules: [readConfigMap(configMap), readConfigMap(LINKERD_AUTHORITY)],
      env: {
        SOURCE: 'linkerd',
        SOURCE_NAMESPACE: namespace,
        SOURCE_CONFIG_MAP: configMap,
        SOURCE_KEY: 'ca-bundle.crt',
        AUTHORITY_CONFIG_MAP: LINKERD_AUTHORITY,
      },
      ports: [],
    };
  },
};
