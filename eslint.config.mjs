import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const providerIndexImport = {
  regex: '^@cdktf/provider-[a-z-]+(/lib)?(/index(\\.js)?)?$',
  message:
    "Import the one resource, e.g. '@cdktf/provider-aws/lib/vpc': a provider's index costs 5 to 14 s at synthesis.",
};

const unreachableResource = {
  selector:
    'ExpressionStatement > NewExpression[callee.name!=/^(Data[A-Z]|MadeWith$|Check$|Verdict$|BordersHome$|TlsProvider$)/]',
  message: 'Keep what is made in a readonly property: whoever uses the construct must reach it.',
};

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      'cdktf.out',
      'dist',
      '.cache',
      '.demo',
      'docs/api',
      '**/*.js',
      '**/*.mjs',
      '**/*.cjs',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'no-restricted-imports': ['error', { patterns: [providerIndexImport] }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
    },
  },
  {
    files: ['constructs/**/*.ts'],
    ignores: ['constructs/federation/jobs/**'],
    rules: { 'no-restricted-syntax': ['error', unreachableResource] },
  },
  {
    // What a kind of mesh is, its folder says; the model names its settings, the facts their services.
    files: ['constructs/federation/**/*.ts'],
    ignores: [
      'constructs/federation/*/meshes/*/**',
      'constructs/federation/plan/model.ts',
      'constructs/federation/plan/services.ts',
      'constructs/federation/jobs/**',
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        unreachableResource,
        {
          selector: 'Literal[value=/^(istio|consul|linkerd)$/]',
          message: 'Ask the table of mesh kinds (plan/meshes, deploy/meshes), not for one kind.',
        },
      ],
    },
  },
  prettier,
);
