import { isIPv4 } from 'node:net';
import { z } from 'zod';
import {
  CLUSTER_ID_PATTERN,
  CONSUL_PROXY_PORTS,
  DEFAULT_CONSUL_CHART_VERSION,
} from '../constructs/consul';
import { consulValues } from '../constructs/consul/values';
import { DEFAULT_ISTIO_VERSION, ISTIO_PROXY_PORTS } from '../constructs/istio';
import { canaryProblems } from '../constructs/istio/revision';
import { istioValues } from '../constructs/istio/values';
import { type ChartSource, type ServicePort, type ValuesLayers } from '../constructs/kubernetes';
import { chartProblem } from '../constructs/kubernetes/helm-chart';
import { gatewayPortProblems } from '../constructs/kubernetes/load-balancer';
import { readHelmValues } from '../constructs/kubernetes/helm-yaml';
import { valuesProblems } from '../constructs/kubernetes/helm-values';
import { parseCidr } from '../constructs/network/cidr';
import { type Problem } from '../constructs/problems';
import { whenChanged } from './change';
import { checked, objection } from './checked';
import { fileNameProblem } from './file-name';
import { offerMistakes } from './offers';
import { gatewayAddress } from './ways';
import { report } from './problems';

/*
 * Settings of the meshes: what they are called, where their charts and images come from, what
 * their gateways open. Everything has a default.
 */

const version = (example: string) =>
  z
    .string()
    .regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, `must be one exact version, such as ${example}`);

/** Name of a namespace, a port and the like. */
export const dnsLabel = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'must be at most 63 lower case letters, digits and "-", with a letter or digit at both ends',
  );

const PORT_RULE = 'must be a whole number from 1 to 65535';
const port = z.int(PORT_RULE).min(1, PORT_RULE).max(65535, PORT_RULE);

const cidr = checked((text) =>
  isIPv4(text) ? `must be a CIDR block: ${text}/32` : objection(() => parseCidr(text)),
);

/**
 * A full reference of an image.
 * @see https://github.com/distribution/reference/blob/v0.6.0/reference.go
 */
export const imageReference = z
  .string()
  .regex(
    /^([0-9A-Za-z][-0-9A-Za-z.]*|\[[0-9a-fA-F:]+\])(:\d+)?(\/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)+(:\w[\w.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$/,
    'must be a full reference: registry/name@sha256:... or registry/name:tag',
  );

/**
 * A registry with a folder.
 * @see https://github.com/distribution/reference/blob/v0.6.0/reference.go
 */
export const registry = z
  .string()
  .regex(
    /^([0-9A-Za-z][-0-9A-Za-z.]*|\[[0-9a-fA-F:]+\])(:\d+)?(\/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*$/,
    'must be registry/folder in lower case, without https:// and last "/"',
  );

/** Where charts come from. */
const chartSourceSettings = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('repository'),
    url: z.string().regex(/^https?:\/\//, 'must start with https://'),
  }),
  z.strictObject({
    kind: z.literal('oci'),
    url: z.string().regex(/^oci:\/\//, 'must start with oci://'),
  }),
  z.strictObject({ kind: z.literal('local'), path: z.string().min(1) }),
]);

/** A values file is read at once, so that a mistake in it is reported with all others. */
const valuesFiles = z
  .array(
    checked(
      (path) => fileNameProblem(path, 'values.yaml') ?? objection(() => readHelmValues(path)),
    ),
  )
  .default([]);

/** Namespaces whose pods never belong to an application; each with whose it is. */
const RESERVED_NAMESPACES: Readonly<Record<string, string>> = {
  'istio-system': "Istio's own",
  'istio-ingress': "that of Istio's gateway",
  consul: "Consul's own",
  'mesh-federation': "the federation's own",
};

/** Whose a namespace is that no application may have. */
export function ownerOf(namespace: string): string | undefined {
  // https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/ keeps the prefix.
  return namespace.startsWith('kube-') ? "Kubernetes' own" : RESERVED_NAMESPACES[namespace];
}

/** A namespace that applications may have. */
export const workloadNamespace = dnsLabel.superRefine((name, context) => {
  const whose = ownerOf(name);
  if (whose === undefined) return;
  const message = `must be one for applications, and ${name} is ${whose}`;
  context.addIssue({ code: 'custom', message });
});

const namespaces = z
  .array(
    z.strictObject({
      name: workloadNamespace
        .describe('Name of the namespace.')
        .meta(
          whenChanged('refused', 'where the former one was made here; add the other beside it'),
        ),
      existing: z
        .boolean()
        .optional()
        .describe('Whether it is there already and stays on destroy. Default: for "default" only.')
        .meta(whenChanged('refused', 'in either direction, for a namespace that is there')),
    }),
  )
  .min(1)
  .superRefine((list, context) => {
    const names = list.map(({ name }) => name);
    const absent = list.findIndex(({ name, existing }) => name === 'default' && existing === false);
    if (absent >= 0) {
      const message = 'is false, and every cluster has the namespace default; leave it out';
      context.addIssue({ code: 'custom', path: [absent, 'existing'], message });
    }
    report(
      context,
      names.flatMap((name, i) =>
        names.indexOf(name) === i
          ? []
          : [{ path: [i, 'name'], message: `${name} is listed twice; list it once` }],
      ),
    );
  })
  .default([{ name: 'default' }]);

const loadBalancer = {
  internal: z
    .boolean()
    .default(false)
    .describe('Whether the load balancer is reachable from inside the VPC only. EKS only.')
    .meta(
      whenChanged(
        'refused',
        'EKS keeps a load balancer as it was made; the message says how to have it recreated',
      ),
    ),
  allowedSources: z
    .array(cidr)
    .min(1)
    .optional()
    .describe(
      'CIDR blocks that may connect to the load balancer. Those of the clusters that call ' +
        'are added where they are known: NAT gateways made here and egressCidrs, or the VPC if the load ' +
        'balancer is internal. Default: these only, or everybody where some are not known.',
    )
    .meta(whenChanged('in-place')),
  address: gatewayAddress
    .optional()
    .describe(
      'Host name or IPv4 address by which the other meshes reach the gateway, where it is another than that ' +
        'of its load balancer: a DNS name of your own, or what stands before it. The ports stay those of ' +
        'the gateway. Default: the address of the load balancer.',
    )
    .meta(
      whenChanged(
        'in-place',
        "new connections take it at once; keep the former one while it's used",
      ),
    ),
  annotations: z
    .record(z.string(), z.string())
    .default({})
    .describe("Annotations of the gateway's Service, over those for the cloud's load balancer.")
    .meta(whenChanged('in-place', "what the cloud's controller makes of them")),
};

const cluster = z
  .string()
  .describe(
    'Its cluster, by its name in `clusters`. Default: the one that is called like the mesh.',
  )
  .meta(whenChanged('refused', 'a mesh does not move to another cluster'));

const partner = z
  .union([z.string(), z.record(z.string(), z.unknown())])
  .superRefine((offer, context) => {
    for (const { path, message } of offerMistakes(offer)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  })
  .optional()
  .describe(
    "The offer of its owner, where the mesh is a partner's, who deploys the other half: the path of " +
      'the file that "npm run offer" wrote there, or what is in it. Then nothing is made of the mesh ' +
      'here, and nothing else is said of it but its kind. While the file is not there, all is deployed but the ' +
      'federation. Default: none, the mesh is yours. [How](two-organisations.md).',
  )
  .meta(
    whenChanged(
      'restarts-pods',
      'what of the offer differs: identities and addresses the borders, roots nothing',
    ),
  );

const allowUnsupported = z
  .boolean()
  .default(false)
  .describe(
    'Consent to a version that is out of support, and to one that its vendor does not support on the ' +
      'Kubernetes version of its cluster. Nothing here was tried with such a pair.',
  )
  .meta(whenChanged('nothing'));

/** Settings of an Istio mesh. */
export const istioMeshSettings = z
  .strictObject({
    kind: z.literal('istio').describe('An Istio mesh.'),
    partner,
    cluster,
    version: version(DEFAULT_ISTIO_VERSION)
      .default(DEFAULT_ISTIO_VERSION)
      .describe('Version of Istio and of its charts.')
      .meta(
        whenChanged(
          'restarts-pods',
          'istiod and the gateway, sidecars at the next start of their pods; one minor version at a time, see [upgrades](upgrades.md)',
        ),
      ),
    allowUnsupported,
    revision: dnsLabel
      .optional()
      .describe(
        'Name of the control plane after an upgrade by revisions: that of the canary which took ' +
          'over. docs/upgrades.md has the order. Default: none, the one of a new mesh.',
      )
      .meta(
        whenChanged(
          'removes',
          'the former control plane, only where the canary of this name took over, see [upgrades](upgrades.md)',
        ),
      ),
    canary: z
      .strictObject({
        revision: dnsLabel
          .describe('Its name, such as 1-32-0.')
          .meta(whenChanged('removes', 'the canary of the former name')),
        version: version(DEFAULT_ISTIO_VERSION)
          .describe('Version of Istio, and of its charts.')
          .meta(whenChanged('restarts-pods', 'its own, and the gateway if that is its')),
        namespaces: z
          .array(dnsLabel)
          .default([])
          .describe('Namespaces of the mesh whose pods it injects, at their next start.')
          .meta(whenChanged('in-place', 'their pods move at the next start')),
        gateway: z
          .boolean()
          .default(false)
          .describe('Whether the gateway is its own, in its version.')
          .meta(
            whenChanged(
              'restarts-pods',
              'those of the gateway; its load balancer and address stay',
            ),
          ),
      })
      .optional()
      .describe(
        'A second control plane beside the first, during an upgrade by revisions. Default: none.',
      )
      .meta(
        whenChanged(
          'in-place',
          'taken out, it removes that control plane: move namespaces and gateway back first',
        ),
      ),
    charts: chartSourceSettings
      .optional()
      .describe(
        'Where the charts come from: { kind: repository, url }, { kind: oci, url } or ' +
          "{ kind: local, path }. Default: Istio's own.",
      )
      .meta(whenChanged('in-place', 'as far as the charts differ')),
    images: z
      .strictObject({
        registry: registry
          .optional()
          .describe('Mirror of pilot, proxyv2 and install-cni.')
          .meta(
            whenChanged(
              'restarts-pods',
              'istiod and the gateway; sidecars at the next start of their pods',
            ),
          ),
        pilot: imageReference
          .optional()
          .describe('Image of istiod.')
          .meta(whenChanged('restarts-pods', 'istiod')),
        proxy: imageReference
          .optional()
          .describe('Image of sidecars and gateways.')
          .meta(
            whenChanged('restarts-pods', 'the gateway; sidecars at the next start of their pods'),
          ),
      })
      .prefault({}),
    trustDomain: z
      .string()
      // https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md
      .max(255)
      .regex(/^[a-z0-9]([-a-z0-9._]*[a-z0-9])?$/, 'must be lower case, like a DNS name')
      .refine((domain) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.consul$/.test(domain), {
        error: 'must not be <UUID>.consul, as the trust domains of Consul are called',
      })
      .default('cluster.local')
      .describe('SPIFFE trust domain. Changing it changes every identity.')
      .meta(whenChanged('refused')),
    cni: z
      .boolean()
      .default(false)
      .describe("Whether the node redirects the pods' traffic in place of an init container.")
      .meta(whenChanged('in-place', 'pods at their next start')),
    namespaces: namespaces
      .describe('Namespaces whose pods get a sidecar.')
      .meta(
        whenChanged(
          'in-place',
          'pods of a new one join at their next start. Refused: to leave out one that was made here',
        ),
      ),
    gateway: z
      .strictObject({
        tlsPort: port
          .default(8443)
          .describe('Port through which the federation passes.')
          .meta(
            whenChanged(
              'restarts-pods',
              'the borders of the other mesh. Refused without previousTlsPort',
            ),
          ),
        previousTlsPort: port
          .optional()
          .describe(
            'What tlsPort was before, open until this is taken out: so the port of a deployed pair ' +
              'changes without a failed call. Default: none.',
          )
          .meta(whenChanged('in-place', 'the former port is open as long as it is there')),
        ports: z
          .array(
            z.strictObject({
              name: dnsLabel.describe('Name of the port.').meta(whenChanged('in-place')),
              port: port
                .describe('Its number.')
                .meta(whenChanged('in-place', 'connections by the former port end')),
            }),
          )
          .default([])
          .describe('Further ports, for Gateways of yours.')
          .meta(whenChanged('in-place', 'connections by a port that goes end')),
        ...loadBalancer,
        address: loadBalancer.address.meta(
          whenChanged('restarts-pods', 'borders that lead to it out of Consul, one by one'),
        ),
      })
      .prefault({})
      .superRefine(({ tlsPort, previousTlsPort, ports }, context) => {
        report(context, portNameProblems(ports));
        reportPorts(
          context,
          [
            ...ports,
            { name: 'tlsPort', port: tlsPort },
            ...(previousTlsPort === undefined
              ? []
              : [{ name: 'previousTlsPort', port: previousTlsPort }]),
          ],
          ISTIO_PROXY_PORTS,
        );
      }),
    values: z
      .strictObject({
        base: valuesFiles
          .describe('For the CRDs.')
          .meta(whenChanged('in-place', 'as far as what the chart makes of them differs')),
        istiod: valuesFiles
          .describe('For the control plane.')
          .meta(whenChanged('in-place', 'as far as what the chart makes of them differs')),
        gateway: valuesFiles
          .describe('For the ingress gateway.')
          .meta(whenChanged('in-place', 'as far as what the chart makes of them differs')),
        cni: valuesFiles
          .describe('For the node agent, where `cni` is true.')
          .meta(whenChanged('in-place', 'as far as what the chart makes of them differs')),
      })
      .prefault({})

      .describe(
        'Paths of your own values files for each chart, merged last and read as Helm reads them. ' +
          'Entries of yours in a list that has some of ours come behind these; what other parts ' +
          'rely on cannot be changed there.',
      ),
  })
  .superRefine((mesh, context) => {
    const { charts, version, canary, cni, trustDomain, gateway, values } = mesh;
    // Which namespaces the mesh has is known with all settings.
    const anyNamespace = (canary?.namespaces ?? []).map((name) => ({ name }));
    report(context, canaryProblems({ ...mesh, workloadNamespaces: anyNamespace }));
    if (canary !== undefined) reportCharts(context, ['base', 'istiod'], canary.version, charts);
    reportCharts(context, ['base', 'istiod', 'gateway', ...(cni ? ['cni'] : [])], version, charts);
    const layers = istioValues({ trustDomain, cni, gateway, valuesFiles: values });
    for (const [chart, ofChart] of Object.entries(layers)) {
      reportValues(context, ['values', chart], ofChart);
    }
  });

/** Settings of a Consul mesh. */
export const consulMeshSettings = z
  .strictObject({
    kind: z.literal('consul').describe('A Consul mesh.'),
    partner,
    cluster,
    version: version(DEFAULT_CONSUL_CHART_VERSION)
      .default(DEFAULT_CONSUL_CHART_VERSION)
      .describe('Version of the Consul chart.')
      .meta(
        whenChanged(
          'restarts-pods',
          'the servers one by one, the gateway, the borders; sidecars at the next start of their pods; one minor version at a time, see [upgrades](upgrades.md)',
        ),
      ),
    allowUnsupported,
    charts: chartSourceSettings
      .optional()
      .describe(
        'Where the chart comes from: { kind: repository, url }, { kind: oci, url } or ' +
          "{ kind: local, path }. Default: HashiCorp's own.",
      )
      .meta(whenChanged('in-place', 'as far as the charts differ')),
    images: z
      .strictObject({
        registry: registry
          .optional()
          .describe('Mirror of consul, consul-k8s-control-plane and consul-dataplane.')
          .meta(
            whenChanged(
              'restarts-pods',
              'servers one by one, injector and gateway; sidecars at the next start of their pods',
            ),
          ),
        consul: imageReference
          .optional()
          .describe('Image of the servers.')
          .meta(whenChanged('restarts-pods', 'the servers one by one, and the borders')),
        controlPlane: imageReference
          .optional()
          .describe("Image of injector and chart's jobs.")
          .meta(whenChanged('restarts-pods', 'the injector')),
        dataplane: imageReference
          .optional()
          .describe('Image of sidecars and gateways.')
          .meta(
            whenChanged('restarts-pods', 'the gateway; sidecars at the next start of their pods'),
          ),
      })
      .prefault({}),
    datacenter: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$/, 'must be lower case letters, digits, "-" and "_"')
      .default('dc1')
      .describe('Name of the datacenter, part of every identity.')
      .meta(whenChanged('refused')),
    clusterId: z
      .string()
      .regex(CLUSTER_ID_PATTERN, 'must be a UUID in lower case; "uuidgen" makes one')
      .optional()
      .describe(
        'UUID that makes the trust domain. Set when the mesh is made and never again. ' +
          "Default: worked out from the cluster's name.",
      )
      .meta(whenChanged('refused')),
    servers: z
      .int()
      .min(1)
      .refine((servers) => servers % 2 === 1, 'must be odd, so that a majority exists')
      .default(1)
      .describe('Number of servers; each needs a node of its own.')
      .meta(
        whenChanged(
          'restarts-pods',
          'the servers one by one. With fewer, those that go take their volumes with them',
        ),
      ),
    storageClass: z
      .string()
      .optional()
      .describe(
        "Class of the servers' volumes, one that the cluster has. Default: see ownStorageClass; without " +
          "one of its own, the cluster's default.",
      )
      .meta(whenChanged('refused')),
    ownStorageClass: z
      .boolean()
      .optional()
      .describe(
        "Whether the servers' volumes have a storage class of their own, mesh-federation-gp3, of " +
          'encrypted gp3 disks with the tags of all else; EKS with the EBS CSI driver only. Not where ' +
          'storageClass names one. Default: in clusters that are made here.',
      )
      .meta(whenChanged('refused', 'where that is another class')),
    gatewayApiCrds: z
      .enum(['install', 'existing'])
      .default('install')
      .describe('Who brings the CRDs of the Gateway API, which Consul does not start without.')
      .meta(whenChanged('refused')),
    namespaces: namespaces
      .describe('Namespaces whose pods may join the mesh.')
      .meta(
        whenChanged(
          'in-place',
          'pods of a new one join at their next start. Refused: to leave out one that was made here',
        ),
      ),
    gateway: z
      .strictObject({
        ports: z
          .array(port)
          .default([])
          .describe('Ports for anything but the federation, for listeners of yours.')
          .meta(whenChanged('in-place', 'connections by a port that goes end')),
        ...loadBalancer,
      })
      .prefault({})
      .superRefine(({ ports }, context) =>
        reportPorts(
          context,
          ports.map((number, index) => ({ name: `ports[${index}]`, port: number })),
          CONSUL_PROXY_PORTS,
        ),
      ),
    values: valuesFiles
      .describe(
        'Paths of your own values files, merged last and read as Helm reads them. Entries of yours in ' +
          'a list that has some of ours come behind these; what other parts rely on cannot be changed ' +
          'there.',
      )
      .meta(whenChanged('in-place', 'as far as what the chart makes of them differs')),
  })
  .superRefine(({ charts, version, datacenter, namespaces, gateway, values }, context) => {
    reportCharts(context, ['consul'], version, charts);
    const layers = consulValues({
      datacenter,
      workloadNamespaces: namespaces,
      gateway,
      valuesFiles: values,
    });
    reportValues(context, ['values'], layers);
  });

/** Settings of all meshes, by name. */
export const meshSettings = z.record(
  z.string(),
  z.discriminatedUnion('kind', [istioMeshSettings, consulMeshSettings]),
);

export type IstioMeshSettings = z.output<typeof istioMeshSettings>;
export type ConsulMeshSettings = z.output<typeof consulMeshSettings>;
/** Settings of a mesh of any kind. */
export type MeshSettings = IstioMeshSettings | ConsulMeshSettings;

/** Ports of a Service differ in their names too, and the federation's have some. */
function portNameProblems(ports: readonly ServicePort[]): Problem[] {
  return ports.flatMap(({ name }, i) => {
    const path = ['ports', i, 'name'];
    if (/^tls-federation(-previous)?$/.test(name)) {
      return [{ path, message: `is ${name}, the name of the federation's own port; take another` }];
    }
    return ports.findIndex((other) => other.name === name) === i
      ? []
      : [{ path, message: `${name} is the name of two ports; each needs one of its own` }];
  });
}

function reportPorts(
  context: z.RefinementCtx,
  ports: readonly ServicePort[],
  reserved: Readonly<Record<number, string>>,
): void {
  report(
    context,
    // One out of range has been told at its own place.
    gatewayPortProblems(
      [],
      ports.filter(({ port: number }) => port.safeParse(number).success),
      reserved,
    ),
  );
}

/** A local chart is looked for at once, so that a missing one is reported with all other mistakes. */
function reportCharts(
  context: z.RefinementCtx,
  names: readonly string[],
  version: string,
  source: ChartSource | undefined,
): void {
  if (source === undefined) return;
  const problems = names.flatMap((name) => chartProblem(source, name, version) ?? []);
  for (const message of new Set(problems)) {
    context.addIssue({ code: 'custom', path: ['charts', 'path'], message });
  }
}

/** What would be taken away from under the others' feet; a file that cannot be read is another mistake. */
function reportValues(
  context: z.RefinementCtx,
  path: readonly string[],
  layers: ValuesLayers,
): void {
  let problems: readonly string[];
  try {
    problems = valuesProblems(layers);
  } catch {
    return;
  }
  report(
    context,
    problems.map((message) => ({ path, message })),
  );
}
