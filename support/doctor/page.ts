import { RECORDED } from '../../conformance/doctor/recorded';

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
    return [[what, mesh, `\`${recorded.code}\``, cell(recorded.said)]];
  });
  const lines = [
    ['what is broken', 'in', 'word', 'what the doctor says'],
    ['---', '---', '---', '---'],
    ...rows,
  ].map((cells) => `| ${cells.join(' | ')} |`);
  return `${before}${BEGIN}\n\n${Object.keys(RECORDED).length} faults, one at a time:\n\n<!-- prettier-ignore -->\n${lines.join('\n')}\n\n${END}${after}`;
}

/** Names in angle brackets and pipes would be markup. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*', '\\*');
}
