import { certify } from './certify.ts';

/*
 * Runs beside a border. Of these programs it needs its own few: a change of the others is none of the border.
 */

void certify(process.env);
