import { run } from '../shared/main.ts';
import { info } from './routes.ts';

void run('info', (env) =>
  info({ backendUrl: env.url('BACKEND_URL', 'http://backend'), origin: env.origin('info') }),
);
