import { z } from 'zod';
import { SUBDOMAIN } from '../../constructs/dns-names';
import { TRUST_DOMAIN, TRUST_DOMAIN_RULE } from '../../constructs/trust-domain';
import { DEFAULT_SPIRE_PATH } from '../../constructs/federation/plan';
import { spirePathMistake, SPIRE_DEFAULTS } from '../../constructs/federation/plan/internal';
import { whenChanged } from '../change';
import { checked } from '../checked';
import { dnsLabel } from '../formats';

const { csiDriver, socket, entries, bundle, foreignRoots } = SPIRE_DEFAULTS;

const dnsSubdomain = z.string().max(253).regex(SUBDOMAIN, 'must be a name such as csi.spiffe.io');

/** The SPIRE of a mesh's cluster, in the settings of any kind of mesh. */
export const spire = z
  .strictObject({
    trustDomain: z
      .string()
      .regex(TRUST_DOMAIN, TRUST_DOMAIN_RULE)
      .describe('Trust domain of the SPIRE server.')
      .meta(
        whenChanged(
          'restarts-pods',
          'the borders of both meshes; calls between them fail until both know it',
        ),
      ),
    path: checked(spirePathMistake)
      .default(DEFAULT_SPIRE_PATH)
      .describe(
        "What follows the trust domain in a border's SPIFFE ID; {namespace} and {serviceAccount} stand for those of its pods. Meshes " +
          'of one SPIRE trust domain need a path each.',
      )
      .meta(
        whenChanged(
          'restarts-pods',
          'the borders of both meshes; calls between them fail until both know it',
        ),
      ),
    csiDriver: dnsSubdomain
      .default(csiDriver)
      .describe("Name of the SPIFFE CSI driver, which mounts the agent's socket into the borders.")
      .meta(whenChanged('restarts-pods', 'the borders of the mesh')),
    socket: z
      .string()
      .regex(/^[A-Za-z0-9][-A-Za-z0-9._]*$/, 'must be the name of a file, without a folder')
      .default(socket)
      .describe("File name of the agent's socket in the volume of the driver.")
      .meta(whenChanged('restarts-pods', 'the borders of the mesh')),
    entries: z
      .enum(['create', 'existing'])
      .default(entries)
      .describe(
        'Who registers the borders with the SPIRE server: create makes a ClusterSPIFFEID for the ' +
          'spire-controller-manager, whose CRDs must be there; existing when you do.',
      )
      .meta(whenChanged('removes', 'the ClusterSPIFFEID; have entries of your own before')),
    className: dnsSubdomain
      .optional()
      .describe(
        'className of the ClusterSPIFFEID, where the controller manager looks at one class only. Default: ' +
          'none.',
      )
      .meta(whenChanged('in-place')),
    bundle: z
      .strictObject({
        namespace: dnsLabel
          .default(bundle.namespace)
          .describe('Its namespace.')
          .meta(whenChanged('replaces', 'the right of the job to read it')),
        configMap: dnsSubdomain
          .default(bundle.configMap)
          .describe('Its name.')
          .meta(whenChanged('in-place')),
        key: z
          .string()
          .regex(/^[-._a-zA-Z0-9]+$/, 'must be a key of a ConfigMap')
          .default(bundle.key)
          .describe('Key in it.')
          .meta(whenChanged('in-place')),
      })
      .prefault({})
      .describe(
        'The ConfigMap in which the SPIRE server publishes its trust bundle, as PEM or as a SPIFFE bundle, by ' +
          'its notifier k8sbundle or its bundle publisher k8s_configmap: the roots for other meshes.',
      ),
    foreignRoots: z
      .enum(['exchange', 'spire'])
      .default(foreignRoots)
      .describe(
        "Where the mesh's borders have the roots of other meshes from: the exchange of roots, or the SPIRE " +
          'agent, whose server must be federated with their trust domains. federation.trust.distrusted ' +
          'does not apply to them.',
      )
      .meta(whenChanged('removes', 'the jobs that fetch roots of other meshes')),
  })
  .optional()
  .describe(
    'The SPIRE of its cluster, which gives its borders the identity that they present to other meshes. Inside ' +
      "of the mesh they keep the mesh's. Default: none, they present the mesh's. [How](spire.md).",
  )
  .meta(
    whenChanged(
      'restarts-pods',
      'the borders of both meshes; calls between them fail until both know the identities and roots',
    ),
  );
