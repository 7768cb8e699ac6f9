import { at, blocks, isUnknown, mayBe, words } from './resource';
import { rule, unless } from './rule';

/** Kinds whose pods are judged, as typed resources and in manifests. */
const WORKLOADS = [
  'pod',
  'deployment',
  'stateful_set',
  'daemon_set',
  'replication_controller',
  'job',
  'cron_job',
];
const WORKLOAD_TYPES = [
  ...WORKLOADS.flatMap((kind) => [`kubernetes_${kind}`, `kubernetes_${kind}_v1`]),
  'kubernetes_manifest',
];
const NAMESPACED_TYPES = [
  ...WORKLOAD_TYPES,
  ...[
    'config_map',
    'secret',
    'service',
    'service_account',
    'role',
    'role_binding',
    'ingress',
  ].flatMap((kind) => [`kubernetes_${kind}`, `kubernetes_${kind}_v1`]),
];
const ROLE_TYPES = ['role', 'cluster_role'].flatMap((kind) => [
  `kubernetes_${kind}`,
  `kubernetes_${kind}_v1`,
]);

/** What a careful operator asks of workloads. Fields are read in both spellings. */
export const KUBERNETES_RULES = [
  rule(
    'not-in-default-namespace',
    'Nothing lives in the namespace `default`, where everybody may be.',
    ['CKV_K8S_21'],
    NAMESPACED_TYPES,
    (attributes, { type }) => {
      const metadata =
        type === 'kubernetes_manifest'
          ? at(attributes, 'manifest', 'metadata')
          : at(attributes, 'metadata');
      const namespace = at(metadata, 'namespace');
      const isClusterWide = type === 'kubernetes_manifest' && namespace === undefined;
      return unless(
        isClusterWide || (namespace !== undefined && namespace !== 'default'),
        'is in the namespace default; set metadata.namespace to one of its own',
      );
    },
  ),
  containers('memory-limit', 'Each container has a memory limit.', ['CKV_K8S_13'], (container) =>
    unless(
      at(field(container, 'resources'), 'limits', 'memory') !== undefined,
      'has no memory limit; set resources.limits.memory',
    ),
  ),
  containers('cpu-limit', 'Each container has a CPU limit.', ['CKV_K8S_11'], (container) =>
    unless(
      at(field(container, 'resources'), 'limits', 'cpu') !== undefined,
      'has no CPU limit; set resources.limits.cpu',
    ),
  ),
  containers(
    'resource-requests',
    'Each container asks for CPU and memory.',
    ['CKV_K8S_10', 'CKV_K8S_12'],
    (container) =>
      ['cpu', 'memory'].map((what) =>
        at(field(container, 'resources'), 'requests', what) === undefined
          ? `asks for no ${what}; set resources.requests.${what}`
          : undefined,
      ),
  ),
  containers('not-root', 'No container runs as root.', ['CKV_K8S_23'], (container, pod) => {
    const user = setting(container, pod, 'run_as_user');
    return unless(
      mayBe(setting(container, pod, 'run_as_non_root'), true) && String(user) !== '0',
      'may run as root; set security_context.run_as_non_root',
    );
  }),
  containers(
    'not-privileged',
    'No container is privileged or may become so.',
    ['CKV_K8S_16', 'CKV_K8S_20'],
    (container) => {
      const context = field(container, 'security_context');
      return [
        field(context, 'privileged') === true
          ? 'is privileged; drop security_context.privileged'
          : undefined,
        mayBe(field(context, 'allow_privilege_escalation'), false)
          ? undefined
          : 'may gain privileges; set security_context.allow_privilege_escalation to false',
      ];
    },
  ),
  containers(
    'no-capabilities',
    'Each container drops all capabilities.',
    ['CKV_K8S_28', 'CKV_K8S_37'],
    (container) =>
      unless(
        words(field(container, 'security_context'), 'capabilities', 'drop').some((name) =>
          mayBe(name, 'ALL'),
        ),
        'keeps capabilities; set security_context.capabilities.drop to ["ALL"]',
      ),
  ),
  containers(
    'read-only-root',
    'No container can change its own files.',
    ['CKV_K8S_22'],
    (container) =>
      unless(
        mayBe(field(field(container, 'security_context'), 'read_only_root_filesystem'), true),
        'can change its own files; set security_context.read_only_root_filesystem',
      ),
  ),
  containers(
    'seccomp',
    'Each container runs under a seccomp profile.',
    ['CKV_K8S_31'],
    (container, pod) => {
      const profile = setting(container, pod, 'seccomp_profile');
      const type = at(profile, 'type');
      return unless(
        mayBe(type, 'RuntimeDefault') || type === 'Localhost',
        'runs without a seccomp profile; set security_context.seccomp_profile.type to RuntimeDefault',
      );
    },
  ),
  containers(
    'image-pinned',
    'Each image is named by an exact tag or a digest.',
    ['CKV_K8S_14'],
    (container) => {
      const image = at(container, 'image');
      return unless(
        typeof image !== 'string' || isUnknown(image) || isPinned(image),
        `has the image ${String(image)}, which changes; name it by a digest or an exact tag`,
      );
    },
  ),
  rule(
    'no-host-access',
    'No pod shares the processes, the network or the files of its node.',
    ['CKV_K8S_17', 'CKV_K8S_18', 'CKV_K8S_19', 'CKV_K8S_27'],
    WORKLOAD_TYPES,
    (attributes) => {
      const pod = podSpec(attributes);
      return [
        ...['host_pid', 'host_ipc', 'host_network'].map((name) =>
          field(pod, name) === true ? `sets ${name}; leave it out` : undefined,
        ),
        ...[...blocks(field(pod, 'volume')), ...blocks(field(pod, 'volumes'))]
          .map((volume) => field(volume, 'host_path'))
          .map((folder) =>
            folder === undefined || isUnknown(folder)
              ? undefined
              : 'mounts a folder of its node; use a volume of its own',
          ),
      ];
    },
  ),
  rule('no-wildcard-role', 'A role names what it allows.', ['CKV_K8S_49'], ROLE_TYPES, (role) =>
    blocks(role, 'rule').map((allowed) =>
      ['api_groups', 'resources', 'verbs'].some((key) => words(allowed, key).includes('*'))
        ? 'allows "*"; name the groups, resources and verbs'
        : undefined,
    ),
  ),
];

/** A rule for each container of each workload. */
function containers(
  id: string,
  asks: string,
  scanners: readonly string[],
  check: (container: unknown, pod: unknown) => readonly (string | undefined)[],
) {
  return rule(id, asks, scanners, WORKLOAD_TYPES, (attributes) => {
    const pod = podSpec(attributes);
    return ['container', 'containers', 'init_container', 'initContainers']
      .flatMap((key) => blocks(pod, key))
      .flatMap((container) =>
        check(container, pod).map((mistake) =>
          mistake === undefined
            ? undefined
            : `container ${String(at(container, 'name'))} ${mistake}`,
        ),
      );
  });
}

/** The pod of a pod, of a workload, or of a cron job's job. */
function podSpec(attributes: unknown): unknown {
  const spec = at(attributes, 'manifest', 'spec') ?? at(attributes, 'spec');
  const job = field(spec, 'job_template') ?? spec;
  const inner = job === spec ? spec : at(job, 'spec');
  return at(inner, 'template', 'spec') ?? inner;
}

/** A field by its name in Terraform, or by the one that Kubernetes has for it. */
function field(value: unknown, name: string): unknown {
  const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return at(value, name) ?? at(value, camel.replace('Pid', 'PID').replace('Ipc', 'IPC'));
}

/** What a container sets, or its pod for all of them. */
function setting(container: unknown, pod: unknown, name: string): unknown {
  return (
    field(field(container, 'security_context'), name) ?? field(field(pod, 'security_context'), name)
  );
}

function isPinned(image: string): boolean {
  if (image.includes('@sha256:')) return true;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag !== undefined && tag !== 'latest';
}
