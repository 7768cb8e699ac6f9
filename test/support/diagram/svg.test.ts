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
      // The last lines of a box are what was found there.
      expect(picture).toContain(
        `.warning_2 text:nth-last-of-type(-n+2) { fill: ${warning.line}; }`,
      );
      expect(picture).toMatch(/<g id="node\d+" class="node warning_2">/);
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
