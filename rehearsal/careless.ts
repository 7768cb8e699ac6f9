/**
 * Where the most careless of servers would end up with a path: escapes decoded until none is left, also
 * those that are none in UTF-8; characters put into their compatibility form; controls, spaces and marks
 * without width left out; backslashes taken for slashes, path parameters (`;x`) dropped; then dots and
 * double slashes resolved.
 */
export function carelessReading(path: string): string {
  const [pathname = ''] = path.split(/[?#]/);
  const segments: string[] = [];
  for (const segment of decodedToTheEnd(pathname).replaceAll('\\', '/').split('/')) {
    const [name = ''] = segment.split(';');
    if (name === '..') segments.pop();
    else if (name !== '.' && name !== '') segments.push(name);
  }
  return `/${segments.join('/')}`;
}

function decodedToTheEnd(path: string): string {
  let decoded = path;
  for (let before = ''; before !== decoded;) {
    before = decoded;
    decoded = lenient(decoded)
      .normalize('NFKC')
      // \p{Cc} controls, \p{Cf} format characters, \p{Z} spaces.
      .replaceAll(/[\p{Cc}\p{Cf}\p{Z}]/gu, '');
  }
  return decoded;
}

/** One round, by a decoder that takes `%u002e`, and UTF-8 of any length. */
function lenient(path: string): string {
  return path
    .replaceAll(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)))
    .replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => {
      const bytes = run
        .slice(1)
        .split('%')
        .map((hex) => parseInt(hex, 16));
      let text = '';
      while (bytes.length > 0) {
        const first = bytes.shift() ?? 0;
        const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
        const rest = bytes.splice(0, more);
        const code = rest.reduce(
          (sum, byte) => sum * 64 + (byte & 0x3f),
          more === 0 ? first : first & (0x3f >> more),
        );
        text += String.fromCodePoint(code > 0x10ffff ? 0xfffd : code);
      }
      return text;
    });
}
