/**
 * The layers: what may import what. `npm run lint` fails where code does otherwise.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
const PROGRAMS = '^(cli|scripts|support|conformance|rehearsal|emulator|scan|weather)/';

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Two files that need each other are one, or a third is missing.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'plan-is-data',
      comment:
        'The compiler knows nothing of CDK for Terraform: programs and settings use it alone.',
      severity: 'error',
      from: { path: '^constructs/federation/plan/' },
      to: {
        path: '^constructs/federation/deploy/|node_modules/(cdktf|constructs|@cdktf)/',
      },
    },
    {
      name: 'plan-reaches-no-construct',
      comment: 'Not through other files either.',
      severity: 'error',
      from: { path: '^constructs/federation/plan/' },
      to: { path: 'node_modules/(cdktf|constructs|@cdktf)/', reachable: true },
    },
    {
      name: 'federation-by-its-indexes',
      comment:
        'What is for others, index.ts exports, or internal.ts where it is for this repository alone. Only the rehearsal, which imitates the meshes, and the tests look deeper.',
      severity: 'error',
      from: {
        path: '^(config|stacks|support|cli|conformance|scripts|scan|emulator|examples)/|^main',
      },
      to: {
        path: '^constructs/federation/',
        pathNot:
          '^constructs/federation/(index|plan/index|plan/internal|deploy/index|deploy/meshes/index)[.]ts$',
      },
    },
    {
      name: 'mesh-kinds-stand-alone',
      comment: 'What one kind of mesh is to the federation needs nothing of another kind.',
      severity: 'error',
      from: { path: '^constructs/federation/(?:plan|deploy)/meshes/([^/.]+)/' },
      to: {
        path: '^constructs/federation/(?:plan|deploy)/meshes/[^/.]+/',
        pathNot: '^constructs/federation/(?:plan|deploy)/meshes/$1/',
      },
    },
    {
      name: 'jobs-stand-alone',
      comment: 'They run in the cluster, from a ConfigMap, where nothing else is.',
      severity: 'error',
      from: { path: '^constructs/federation/jobs/' },
      to: { pathNot: '^constructs/federation/jobs/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'constructs-know-no-pair',
      comment:
        'Constructs are for everybody: they know neither the settings nor the stacks of this repository.',
      severity: 'error',
      from: { path: '^constructs/' },
      to: { path: `^(config|stacks|test|examples)/|${PROGRAMS}` },
    },
    {
      name: 'settings-deploy-nothing',
      comment: 'The settings are read by stacks and programs, and know neither.',
      severity: 'error',
      from: { path: '^config/' },
      to: { path: `^(stacks|test|examples)/|${PROGRAMS}` },
    },
    {
      name: 'stacks-run-nothing',
      severity: 'error',
      from: { path: '^stacks/' },
      to: { path: `^(test|examples)/|${PROGRAMS}` },
    },
    {
      name: 'versions-know-nobody',
      comment: 'The catalog of versions is below everything.',
      severity: 'error',
      from: { path: '^versions/' },
      to: { path: '^(constructs|config|stacks|test|examples)/|' + PROGRAMS },
    },
    {
      name: 'nothing-runs-on-tests',
      comment: 'What a program needs is no part of the tests.',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
