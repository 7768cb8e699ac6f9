import { describe, expect, it } from '@jest/globals';
import { diagram } from '../../../constructs/federation';
import { WEATHER } from '../../helpers/plans';
import { compile, pair } from './fixtures';

/** Arrows with the boxes' texts in place of their ids. */
function arrows(drawn: string): string[] {
  const boxes = new Map(
    [...drawn.matchAll(/(n\d+)(?:\[|\{\{)"(.*?)"/g)].map(([, id = '', name = '']) => [
      id,
      name.split('<br/>')[0] ?? '',
    ]),
  );
  return [...drawn.matchAll(/^ {2}(n\d+) (--|-\.) "(.*)" (?:-->|\.->) (n\d+)$/gm)].map(
    ([, from = '', line, label, to = '']) =>
      `${boxes.get(from) ?? from} ${line === '--' ? 'calls' : 'crosses to'} ${boxes.get(to) ?? to}: ${label}`,
  );
}

describe('the diagram', () => {
  it('leads each call from border to border, and crosses the roots between two meshes alone', () => {
    expect(arrows(diagram(compile(WEATHER)))).toEqual([
      'frontend calls backend: every method /*',
      'backend crosses to backend-inbound: mTLS across roots',
      'backend-inbound calls info: GET /*',
      'info calls backend-outbound: GET /weather',
      'backend-outbound crosses to info-border: mTLS across roots',
      'info-border calls backend: GET /weather',
    ]);
  });

  it('says on one arrow all that two may ask of each other', () => {
    const plan = compile(
      pair(
        { a: {} },
        { b: {}, db: { protocol: 'tcp' } },
        {
          from: 'istio/a',
          to: 'consul/b',
          allow: [{ methods: ['POST'], pathPrefix: '/weather.' }, { pathExact: '/health' }],
        },
        { from: 'consul/*', to: 'consul/db', anyone: true },
      ),
    );
    expect(arrows(diagram(plan))).toEqual([
      'a crosses to a-inbound: mTLS across roots',
      'a-inbound calls b: POST /weather.*<br/>every method /health',
      'every workload calls db: tcp',
    ]);
  });
});
