import path from 'node:path';
import ts from 'typescript';
import { ROOT } from '../../support/paths';

/** The project's own compiler options. */
function compilerOptions(): ts.CompilerOptions {
  const file = path.join(ROOT, 'tsconfig.json');
  const { config } = ts.readConfigFile(file, (name) => ts.sys.readFile(name)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
  return { ...options, incremental: false, tsBuildInfoFile: undefined, noUnusedLocals: false };
}

/**
 * What the compiler says of programs that are in no file, as if they were in the project's root.
 *
 * @param programs by a name of the caller's
 * @returns `<name>:<line>: <message>` each
 */
export function typeErrors(programs: ReadonlyMap<string, string>): string[] {
  const options = compilerOptions();
  const names = [...programs.keys()];
  const fileOf = (i: number) => path.join(ROOT, `__shown-${i}.ts`);
  const texts = new Map(names.map((name, i) => [fileOf(i), programs.get(name) ?? '']));
  const host = ts.createCompilerHost(options);
  const program = ts.createProgram([...texts.keys()], options, {
    ...host,
    fileExists: (file) => texts.has(file) || host.fileExists(file),
    readFile: (file) => texts.get(file) ?? host.readFile(file),
    getSourceFile: (file, version) => {
      const text = texts.get(file);
      return text === undefined
        ? host.getSourceFile(file, version)
        : ts.createSourceFile(file, text, version);
    },
  });
  return names.flatMap((name, i) => {
    const source = program.getSourceFile(fileOf(i));
    return [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ].map(({ messageText, start = 0 }) => {
      const line = (source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      return `${name}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}
