import { ConfigError } from './config';
import { environmentProblem } from './constructs/environment-problem';
import { synthesise } from './stacks/synthesise';

try {
  const made = synthesise();
  if ('problem' in made) refuse(made.problem);
} catch (error) {
  const problem = error instanceof ConfigError ? error.message : environmentProblem(error);
  if (problem === undefined) throw error;
  refuse(problem);
}

function refuse(problem: string): void {
  console.error(problem);
  process.exitCode = 1;
}
