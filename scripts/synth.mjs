// @ts-check
/** What `cdktf.json` starts: main.ts. */
import { load } from './bundle.mjs';

await load({ entry: 'main.ts', name: 'main' });
