import path from 'node:path';

/** The project's root. */
export const ROOT = path.resolve(__dirname, '..');

/** What can be fetched or built again at any time; never committed. */
export const CACHE = path.join(ROOT, '.cache');
