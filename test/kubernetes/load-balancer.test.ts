import { describe, expect, it } from '@jest/globals';
import { nlbAnnotations } from '../../constructs/kubernetes';
import { portProblems } from '../../constructs/kubernetes/load-balancer';

const prefix = 'service.beta.kubernetes.io/aws-load-balancer';

describe('the annotations of a Network Load Balancer', () => {
  it('make a public one under either controller', () => {
    expect(nlbAnnotations()).toEqual({
      [`${prefix}-type`]: 'nlb',
      [`${prefix}-scheme`]: 'internet-facing',
      [`${prefix}-nlb-target-type`]: 'instance',
      [`${prefix}-cross-zone-load-balancing-enabled`]: 'true',
    });
  });

  it('make an internal one under either controller, with tags', () => {
    expect(
      nlbAnnotations({ internal: true, tags: { Project: 'mesh', Owner: 'me' } }),
    ).toMatchObject({
      [`${prefix}-scheme`]: 'internal',
      [`${prefix}-internal`]: 'true',
      [`${prefix}-additional-resource-tags`]: 'Project=mesh,Owner=me',
    });
  });
});

describe('the ports of a gateway', () => {
  it('are fine when they differ', () => {
    expect(
      portProblems([
        { name: 'a', port: 80 },
        { name: 'b', port: 8443 },
      ]),
    ).toEqual([]);
  });

  it('are refused all at once', () => {
    expect(
      portProblems(
        [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
          { name: 'c', port: 0 },
          { name: 'd', port: 1.5 },
          { name: 'e', port: 15021 },
        ],
        { 15021: 'health checks' },
      ),
    ).toEqual([
      'port 80 is used twice: by a and by b',
      'port 0 (c) must be a whole number from 1 to 65535',
      'port 1.5 (d) must be a whole number from 1 to 65535',
      "port 15021 (e) is the proxy's own: health checks",
    ]);
  });
});
