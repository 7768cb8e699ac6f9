import { run } from '../shared/main.ts';
import { frontend } from './routes.ts';

void run('frontend', (env) =>
  frontend({
    backendUrl: env.url('BACKEND_URL', 'http://backend'),
    origin: env.origin('frontend'),
  }),
);
