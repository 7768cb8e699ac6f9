import { describe, expect, it } from '@jest/globals';
import { type Drawing, drawing } from '../../../constructs/federation/plan';
import { svg } from '../../../support/diagram/svg';
import { planOf, WEATHER } from '../../helpers/plans';

/** Texts of a picture, as a reader sees them. */
function texts(picture: string): string[] {
  return [...picture.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) =>
    text.replaceAll('&#45;', '-'),
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
