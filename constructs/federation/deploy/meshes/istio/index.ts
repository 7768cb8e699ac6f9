import { own } from '../../../plan/meshes/kind';
import type { DeployedMeshKind } from '../kind';
import { istioInbound, istioOutbound } from './border';
import { readConfigMap } from '../../trust/permission';

/** Istio, in a cluster. */
export const ISTIO: DeployedMeshKind = {
  inboundBorder: istioInbound,
  outboundBorder: istioOutbound,
  borderProblems: () => [],
  forBorders: () => ({}),
  roots(member) {
    const { rootNamespace: namespace } = own(member, 'istio').mesh;
    // istiod writes its roots to every namespace of its mesh.
    const configMap = 'istio-ca-root-cert';
    return {
      namespace,
      rules: [readConfigMap(configMap)],
      env: { SOURCE: 'istio', SOURCE_NAMESPACE: namespace, SOURCE_CONFIG_MAP: configMap },
      ports: [],
    };
  },
};
