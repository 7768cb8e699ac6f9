import { describe, expect, it } from '@jest/globals';
import { type Marks, arrowKey, diagram, drawing } from '../../../constructs/federation/plan';
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

  it('says in which cluster two meshes are together', () => {
    const policy = pair(
      { a: { namespace: 'shop' } },
      { b: {} },
      { from: 'istio/a', to: 'consul/b' },
    );
    const titles = (cluster?: string) =>
      [
        ...diagram(
          compile({
            ...policy,
            meshes: Object.fromEntries(
              Object.entries(policy.meshes).map(([name, mesh]) => [
                name,
                { ...mesh, cluster, borderNamespace: `borders-${name}` },
              ]),
            ),
          }),
        ).matchAll(/subgraph n\d+\["(.*?),/g),
      ].map(([, title]) => title);
    expect(titles('main')).toEqual(['istio in cluster main', 'consul in cluster main']);
    expect(titles()).toEqual(['istio', 'consul']);
  });

  it('has identities and calls, for whoever draws it otherwise', () => {
    const { meshes, arrows: drawn } = drawing(compile(WEATHER));
    expect(meshes.flatMap(({ boxes }) => boxes)).toContainEqual({
      key: 'border istio default/info-border',
      kind: 'border',
      name: 'info-border',
      identity: 'spiffe://cluster.local/ns/default/sa/info',
      represents: 'consul/info',
    });
    expect(drawn.filter(({ crosses }) => crosses).map(({ calls }) => calls)).toEqual([
      ['istio/backend -> consul/info'],
      ['consul/info -> istio/backend'],
    ]);
  });

  it('has the colours and notes of what was found out, and of nothing else', () => {
    const key = 'border istio default/info-border';
    const arrow = arrowKey({ from: 'border consul default/backend-outbound', to: key });
    const marks: Marks = {
      boxes: new Map([[key, { mark: 'broken', notes: ['broken: roots-missing'] }]]),
      arrows: new Map([[arrow, { mark: 'warning', notes: ['warning: gateway-open'] }]]),
    };
    const drawn = diagram(compile(WEATHER), marks);
    expect(drawn).toContain('info-border<br/>represents consul/info<br/>broken: roots-missing');
    expect(drawn).toContain('mTLS across roots<br/>warning: gateway-open');
    expect(drawn.match(/^ {2}class .*$/gm)).toEqual(['  class n3 broken']);
    // The fifth arrow, from backend-outbound.
    expect(drawn.match(/^ {2}linkStyle .*$/gm)).toEqual([
      '  linkStyle 4 stroke:#9a6700,stroke-width:3px',
    ]);
    expect(diagram(compile(WEATHER))).not.toMatch(/class|linkStyle/);
  });
});
