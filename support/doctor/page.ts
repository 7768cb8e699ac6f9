import { RECORDED } from '../../conformance/doctor/recorded';
import { markdownTable } from '../markdown';

const BEGIN = '<!-- faults: made by npm run docs -->';
const END = '<!-- end of the faults -->';

/** The page of the doctor with the table of faults that it was tried with. */
export function withFaults(page: string): string {
  const [before = '', rest = ''] = page.split(BEGIN);
  const after = rest.split(END)[1] ?? '';
  const rows = Object.entries(RECORDED).flatMap(([key, recorded]) => {
    if (recorded === undefined) return [];
    const [mesh = ''] = key.split(': ');
    const what = key.slice(mesh.length + 2);
    return [[what, mesh, `\`${recorded.code}\``, recorded.said.replaceAll('*', '\\*')]];
  });
  const table = markdownTable(['what is broken', 'in', 'word', 'what the doctor says'], rows);
  return `${before}${BEGIN}\n\n${Object.keys(RECORDED).length} faults, one at a time:\n\n<!-- prettier-ignore -->\n${table}\n\n${END}${after}`;
}
