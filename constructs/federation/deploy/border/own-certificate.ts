import type { BorderImages } from '../../plan/border-images';
import type { AgentSecret } from '../../plan/crossing';
import type { MeshMember } from '../../plan/model';
import { SPIRE_DEFAULTS, type SpireOptions } from '../../plan/spire-options';
import type { BorderContainer, OwnCertificate, PartsProps } from './parts';

/** Where the CSI driver mounts the directory with the SPIRE agent's socket. */
const SOCKET_DIRECTORY = '/var/run/spire';

const VOLUME = 'spire-agent';

/** What a border shows to other meshes: of the mesh's own making, unless it is to be SPIRE's. */
export function ownCertificate(props: PartsProps, ofMesh: () => OwnCertificate): OwnCertificate {
  const { spire } = props.member;
  return spire === undefined ? ofMesh() : spireCertificate(spire, props);
}

/**
 * Envoy's certificate from the SPIRE agent of its node: it knows the pod by itself, so no secret is in the
 * pod, and no key on a disk. By its SPIFFE ID and not by `default`, which is whatever entry comes first.
 *
 * @see https://github.com/spiffe/spiffe-csi
 * @see https://github.com/spiffe/spire/blob/v1.13.3/doc/spire_agent.md#sds-configuration
 */
function spireCertificate(spire: SpireOptions, { border, images }: PartsProps): OwnCertificate {
  const { csiDriver = SPIRE_DEFAULTS.csiDriver } = spire;
  return {
    certificate: { ...agent(spire), resourceName: border.crossingIdentity },
    files: {},
    volumes: [{ name: VOLUME, csi: { driver: csiDriver, readOnly: true } }],
    certificateMounts: [{ name: VOLUME, mountPath: SOCKET_DIRECTORY }],
    initContainers: [],
    companion: shellCompanion(images),
  };
}

/** The roots of all trust domains that the SPIRE server is federated with, where they are to be from there. */
export function spireRoots({ spire }: Pick<MeshMember, 'spire'>): AgentSecret | undefined {
  return spire?.foreignRoots === 'spire' ? { ...agent(spire), resourceName: 'ALL' } : undefined;
}

function agent({ socket = SPIRE_DEFAULTS.socket }: SpireOptions) {
  return { source: 'sds', socketPath: `${SOCKET_DIRECTORY}/${socket}` } as const;
}

/** For a border that needs nothing beside Envoy but a shell. */
export function shellCompanion({ shell }: Required<BorderImages>): BorderContainer {
  return {
    name: 'drain',
    image: shell,
    command: ['/bin/sh', '-c', "trap 'exit 0' TERM; sleep infinity & wait"],
    resources: { requests: { cpu: '1m', memory: '4Mi' }, limits: { memory: '16Mi' } },
    mounts: [],
  };
}
