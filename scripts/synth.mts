/** What `cdktf.json` starts: main.ts. */
import { load } from './bundle.mts';

await load({ entry: 'main.ts', name: 'main' });
