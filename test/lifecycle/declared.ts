import { beforeAll, describe, expect, it } from '@jest/globals';
import { changeIn } from '../../config/change';
import type { ConfigInput } from '../../config';
import previous from '../upgrade/previous.json';
import type { SettingChange } from './changes';
import { settingLeaves } from './leaves';
import { type Output, outputOf } from './output';

/** Made anew with each change of what they do, by their names. */
const RENEWED = ['kubernetes_job_v1'];

/** What no change may lose: the same as what no upgrade may. */
const COSTLY = Object.entries(previous).flatMap(([stack, resources]) =>
  Object.keys(resources).map((address) => `${stack}: ${address}`),
);

/**
 * Tries each change of settings: that it shows where it should and that, beside what the test with Terraform sees, it
 * does what the setting declares.
 *
 * @param untouched Stacks that are looked at only where a setting should show in them.
 */
export function itDoesWhatIsDeclared(
  base: ConfigInput,
  changes: Readonly<Record<string, SettingChange>>,
  untouched: readonly string[],
): void {
  const declared = new Map(settingLeaves());
  const known = new Map<string, ReturnType<typeof outputOf>>();
  const before = (from: ConfigInput): ReturnType<typeof outputOf> => {
    const key = JSON.stringify(from);
    const output = known.get(key) ?? outputOf([base, from]);
    known.set(key, output);
    return output;
  };

  describe.each(Object.entries(changes))('%s', (path, { to, from = {}, shows, loses }) => {
    const change = changeIn(declared.get(path) ?? '');
    let was: Output;
    let is: Output;

    beforeAll(() => {
      const skip = untouched.filter((stack) => !shows.some((one) => one.startsWith(`${stack}:`)));
      was = before(from)(shows.length === 0 ? [] : skip);
      is = outputOf([base, from, to])(shows.length === 0 ? [] : skip);
    });

    /** Deployments that are there before and after, with other pods. */
    const restarted = () =>
      [...was.pods.keys()].filter(
        (pod) => (is.pods.get(pod) ?? was.pods.get(pod)) !== was.pods.get(pod),
      );

    it('shows where it should when changed', () => {
      const differs = (place: string) => was.places.get(place) !== is.places.get(place);
      for (const shown of shows) {
        const [place = '', text = ''] = shown.split(' = ');
        expect([place, differs(place)]).toEqual([place, true]);
        expect(is.places.get(place) ?? '').toContain(text);
        if (text !== '') expect(was.places.get(place) ?? '').not.toContain(text);
      }
      const places = [...new Set([...was.places.keys(), ...is.places.keys()])];
      if (shows.length === 0) expect(places.filter(differs)).toEqual([]);
    });

    it(`does what it declares: ${change}`, () => {
      if (change === 'refused') {
        expect(shows.join()).toMatch(/\.lifecycle|: backend\./);
        return;
      }
      const lost = [...was.things]
        .filter(([thing, identity]) => is.things.get(thing) !== identity)
        .map(([thing]) => ({ thing, type: typeOf(thing) }))
        .filter(({ type }) => !RENEWED.includes(type));
      const types = [...new Set(lost.map(({ type }) => type))].sort();
      const expected = loses ?? (change === 'replaces-nodes' ? ['aws_eks_node_group'] : []);
      // What AWS cannot change in place Terraform's plan says.
      const aws = expected.filter((type) => !types.includes(type) && type.startsWith('aws_'));
      expect([...types, ...aws].sort()).toEqual([...new Set(expected)].sort());
      const unlisted = lost.filter(({ type }) => !expected.includes(type));
      expect(unlisted.filter(({ thing }) => COSTLY.includes(thing))).toEqual([]);
      if (change === 'in-place' || change === 'nothing') {
        expect(restarted()).toEqual([]);
      }
      if (change === 'restarts-pods') {
        const releases = [...is.places.keys()].filter(
          (place) =>
            place.includes(': helm_release.') && was.places.get(place) !== is.places.get(place),
        );
        expect([...restarted(), ...releases]).not.toEqual([]);
      }
    });
  });
}

function typeOf(thing: string): string {
  return thing.split(/: |\./)[1] ?? '';
}
