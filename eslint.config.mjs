import { readFileSync } from 'node:fs';
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

/** The glossary's last table, as far as it is of names: `side` is no word of `besideGateway`. */
function wordsWithoutUse() {
  const page = readFileSync(new URL('docs/glossary.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| (\S+) +\| (?:name|name text) +\|([^|]*)\|([^|]*)\|$/gm)].map(
    ([, word, instead, except]) => {
      const big = word.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase());
      const small = big[0].toLowerCase() + big.slice(1);
      const capitals = word.replaceAll('-', '_').toUpperCase();
      return {
        pattern: new RegExp(
          `(?:(?<![A-Za-z])${small}|${big})s?(?![a-z])|(?<![A-Za-z])${capitals}S?(?![A-Za-z])`,
        ),
        except: except.match(/\w+(?=`)/g) ?? [],
        message: `${word} is ${instead.trim()} here: see the last table of docs/glossary.md`,
      };
    },
  );
  if (rows.length === 0)
    throw new Error('docs/glossary.md has no table of words that are not used');
  return rows;
}

const words = wordsWithoutUse();

const glossary = {
  rules: {
    names: {
      create(context) {
        return {
          Identifier(node) {
            const word = words.find(
              ({ pattern, except }) => pattern.test(node.name) && !except.includes(node.name),
            );
            if (word !== undefined) context.report({ node, message: word.message });
          },
        };
      },
    },
  },
};

// The rules that ask for types are in .oxlintrc.json: oxlint has them checked by TypeScript 7.
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
  ...tseslint.configs.recommended,
  {
    plugins: { glossary },
    rules: {
      'no-restricted-imports': ['error', { patterns: [providerIndexImport] }],
      'glossary/names': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
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
