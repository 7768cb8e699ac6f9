import { expect, test } from '@jest/globals';
import { rbacFilter, rules, upgradesOf } from '../../../constructs/federation/plan/envoy/rules';
import type { HttpPermission } from '../../../constructs/federation/plan/crossing';

const permissionOf = (allow: HttpPermission) => rules([allow]).policies['allow']?.permissions;
const noUpgrade = { not_rule: { header: { name: 'upgrade', present_match: true } } };

test('A request becomes nothing else unless its permission says so', () => {
  expect(permissionOf({})).toEqual([{ and_rules: { rules: [noUpgrade] } }]);
  expect(permissionOf({ upgrades: [] })).toEqual([{ and_rules: { rules: [noUpgrade] } }]);
  expect(permissionOf({ upgrades: ['websocket'] })).toEqual([{ any: true }]);
  expect(upgradesOf([{ upgrades: ['websocket'] }, {}, { upgrades: ['websocket'] }])).toEqual([
    'websocket',
  ]);
  expect(upgradesOf([{}, { methods: ['GET'] }])).toEqual([]);
});

test('An empty list of methods means every one, as no list does', () => {
  expect(permissionOf({ methods: [] })).toEqual(permissionOf({}));
});

test('What is only counted is never enforced, and nothing is counted unasked', () => {
  const [enforced, counted] = [rules([{ pathExact: '/a' }]), rules([])];
  expect(rbacFilter(enforced).typed_config).toEqual({
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC',
    rules: enforced,
  });
  expect(rbacFilter(enforced, counted).typed_config).toEqual({
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC',
    rules: enforced,
    shadow_rules: counted,
    track_per_rule_stats: true,
  });
});
