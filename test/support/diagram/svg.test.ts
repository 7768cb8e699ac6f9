import { describe, expect, it } from '@jest/globals';
import {
  arrowKey,
  diagram,
  type Drawing,
  drawing,
  MARK_COLOURS,
  type Marks,
} from '../../../constructs/federation/plan';
import { svg } from '../../../support/diagram/svg';
import { planOf, WEATHER } from '../../helpers/plans';

/** Texts of a picture, as a reader sees them. */
function texts(picture: string): string[] {
  return [...picture.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) =>
    text.replaceAll('&#45;', '-').replaceAll('&#160;', ' ').trim(),
  );
}

describe('the picture', () => {
  it('has each mesh with its trust domain, each box with its identity, and each request', async () => {
    const picture = await svg(drawing(planOf(WEATHER)));
    expect(picture).toMatch(/^<svg [^>]*>/);
    expect(texts(picture)).toEqual(
      expect.arrayContaining([
        'istio, trust domain cluster.local',
        'info-border',
        'represents consul/info',
        'ns/default/sa/info',
        'GET /weather',
      ]),
    );
    // The first mesh is on the left.
    const x = (name: string) =>
      Number(new RegExp(`<text[^>]* x="([-\\d.]+)"[^>]*>${name}<`).exec(picture)?.[1]);
    expect(x('frontend')).toBeLessThan(x('info'));
  });

  describe('of ten services', () => {
    const left = ['storefront', 'checkout', 'search', 'profile', 'reporting'];
    const right = ['orders', 'inventory', 'payments', 'shipping', 'ledger'];
    const named = (ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, {}]));
    const plan = planOf({
      meshes: {
        istio: { kind: 'istio', out: 'border', services: named(left) },
        consul: { kind: 'consul', services: named(right) },
      },
      rules: [
        ...left.map((from, index) => ({
          from: `istio/${from}`,
          to: `consul/${right[index] ?? ''}`,
        })),
        { from: 'istio/storefront', to: 'consul/ledger' },
        { from: 'consul/shipping', to: 'istio/storefront' },
        { from: 'consul/ledger', to: 'istio/reporting' },
        { from: 'istio/storefront', to: 'istio/checkout' },
        { from: 'consul/orders', to: 'consul/payments' },
      ],
    });

    /** From where to where each shape of a kind is, from left to right. */
    const spans = (picture: string, kind: 'cluster' | 'node' | 'edge') =>
      [
        ...picture.matchAll(
          new RegExp(`<g id="\\w+" class="${kind}">([^]*?)(?=<g id="\\w+" class=|$)`, 'g'),
        ),
      ].map(([, group = '']) => {
        const xs = [
          ...group.replaceAll(/dasharray="[^"]*"/g, 'dasharray').matchAll(/(-?[\d.]+),-?[\d.]+/g),
        ].map(([, x]) => Number(x));
        return { group, from: Math.min(...xs), to: Math.max(...xs) };
      });

    it('has borders where the other mesh is, so that crossings go through no services', async () => {
      const picture = await svg(drawing(plan));
      const [istio, consul] = spans(picture, 'cluster');
      expect(istio?.to).toBeLessThan(consul?.from ?? 0);
      const isLeft = ({ to }: { to: number }) => to < (istio?.to ?? 0);
      const nodes = spans(picture, 'node');
      const borders = nodes.filter(({ group }) => group.includes('>represents '));
      const services = nodes.filter((node) => !borders.includes(node));
      expect([borders.filter(isLeft).length, services.filter(isLeft).length]).toEqual([7, 5]);
      const first = Math.max(...services.filter(isLeft).map(({ to }) => to));
      const last = Math.min(...services.filter((one) => !isLeft(one)).map(({ from }) => from));
      const crossings = spans(picture, 'edge').filter(({ group }) => group.includes('dasharray'));
      expect(crossings).toHaveLength(8);
      expect(crossings.filter(({ from, to }) => from < first || to > last)).toEqual([]);
    });
  });

  it('has room for the title of a mesh of one service, in a wide font', async () => {
    const plan = planOf({
      meshes: {
        istio: { kind: 'istio', services: { a: {} } },
        consul: { kind: 'consul', services: { b: {} } },
      },
      rules: [{ from: 'istio/a', to: 'consul/b' }],
    });
    const picture = await svg(drawing(plan));
    const frames = [...picture.matchAll(/class="cluster">[^]*?d="([^"]+)"[^]*?>([^<]+)<\/text>/g)];
    expect(frames).toHaveLength(2);
    for (const [, shape = '', title = ''] of frames) {
      const xs = [...shape.matchAll(/(-?[\d.]+),/g)].map(([, x]) => Number(x));
      // DejaVu Sans in bold needs 0.58 of its size for each letter and more.
      const shown = title.replaceAll('&#45;', '-');
      expect(Math.max(...xs) - Math.min(...xs)).toBeGreaterThan(shown.length * 14 * 0.57);
    }
  });

  it('writes identities of Linkerd without the trust domain too', async () => {
    const drawn: Drawing = {
      meshes: [
        {
          name: 'shop',
          kind: 'linkerd',
          trustDomain: 'shop.example.com',
          boxes: [
            {
              key: 'orders',
              kind: 'service',
              name: 'orders',
              identity: 'orders.shop.serviceaccount.identity.linkerd.shop.example.com',
            },
          ],
        },
      ],
      arrows: [],
    };
    expect(texts(await svg(drawn))).toContain('orders.shop.serviceaccount.identity.linkerd');
  });

  describe('with what was found', () => {
    const plan = planOf(WEATHER);
    const info = 'service consul/info';
    const border = 'border consul default/backend-outbound';
    const arrow = arrowKey({ from: border, to: 'border istio default/info-border' });
    const marks: Marks = {
      boxes: new Map([
        ['service istio/backend', { mark: 'right', notes: [] }],
        [info, { mark: 'warning', notes: ['warning: one', 'warning: two'] }],
        [border, { mark: 'broken', notes: ['broken: pods-not-ready'] }],
      ]),
      arrows: new Map([[arrow, { mark: 'broken', notes: ['broken: no-load-balancer'] }]]),
    };

    /** What is drawn of a box or an arrow: the group with this text. */
    const drawn = (picture: string, text: string) =>
      [...picture.matchAll(/<g id="(?:node|edge)[^]*?<\/g>\n<\/g>|<g id="(?:node|edge)[^]*?<\/g>/g)]
        .map(([group]) => group)
        .find((group) => group.includes(`>${text.replaceAll('-', '&#45;')}<`)) ?? '';

    it('has each box and arrow in the colour of the worst, and what it is beside it', async () => {
      const picture = await svg(drawing(plan), marks);
      const { right, warning, broken } = MARK_COLOURS;
      for (const [text, { line, area }] of [
        ['backend', right],
        ['info', warning],
        ['backend-outbound', broken],
      ] as const) {
        const box = drawn(picture, text);
        expect([text, box]).toEqual([text, expect.stringContaining(`stroke="${line}"`)]);
        expect([text, box]).toEqual([text, expect.stringContaining(`fill="${area}"`)]);
      }
      expect(drawn(picture, 'info')).toMatch(/>warning: one<[^]*>warning: two</);
      expect(drawn(picture, '\u00a0broken: no-load-balancer\u00a0')).toContain(
        `stroke="${broken.line}"`,
      );
      // What was not looked at keeps its own colour.
      const colours = Object.values(MARK_COLOURS).map(({ area }) => area);
      const own = /fill="([^"]*)" stroke=/.exec(drawn(picture, 'frontend'))?.[1];
      expect(colours.filter((area) => area !== '#ffffff')).not.toContain(own);
      for (const note of ['warning: one', 'warning: two']) {
        expect(drawn(picture, 'info')).toMatch(new RegExp(`fill="${warning.line}">${note}<`));
      }
    });

    it('says what the colours mean, of those that need it', async () => {
      const legend = async (more: Marks['boxes']) =>
        texts(await svg(drawing(plan), { ...marks, boxes: new Map([...marks.boxes, ...more]) }))
          .map((text) => text.replaceAll('\u00a0', ''))
          .filter((text) => /^(right|warning|broken|could not .*|a partner.*)$/.test(text));
      expect(await legend(new Map())).toEqual(['right', 'warning', 'broken']);
      const some = new Map([
        ['service istio/frontend', { mark: 'unknown', notes: [] }],
        ['border istio default/info-border', { mark: 'theirs', notes: [] }],
      ] as const);
      expect(await legend(some)).toHaveLength(5);
      expect(texts(await svg(drawing(plan)))).not.toContain('broken');
      expect(diagram(plan, marks)).toMatch(/mark_warning\["warning"\]:::warning\n *mark_broken\[/);
      expect(diagram(plan)).not.toContain('mark_');
    });
  });

  it('shows texts as they are, and says how many more there are', async () => {
    const requests = ['GET /a<b>&c', 'GET /\\N', 'GET /3', 'GET /4', 'GET /5', 'GET /6'];
    const drawn: Drawing = {
      meshes: [
        {
          name: 'a',
          kind: 'istio',
          trustDomain: 'a.example',
          boxes: ['one', 'two'].map((name) => ({ key: name, kind: 'service', name })),
        },
      ],
      arrows: [{ from: 'one', to: 'two', crosses: false, requests, calls: ['one -> two'] }],
    };
    expect(texts(await svg(drawn))).toEqual(
      expect.arrayContaining(['GET /a&lt;b&gt;&amp;c', 'GET /\\N', 'and 2 more']),
    );
  });
});
