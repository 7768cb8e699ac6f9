import { describe, expect, it } from '@jest/globals';
import { emulatedProvider } from '../../stacks/emulated';

describe('The AWS provider of an emulated run', () => {
  const endpoint = 'http://127.0.0.1:4566';

  it.each([
    ['does not say', {}],
    ['says another one', { AWS_ENDPOINT_URL: 'http://127.0.0.1:4567' }],
  ])('is told where each service is, where the environment %s', (_, env) => {
    const { endpoints } = emulatedProvider(endpoint, env);
    expect(endpoints).toEqual([expect.objectContaining({ ec2: endpoint, eks: endpoint })]);
  });

  it('is not told again what the environment says', () => {
    const provider = emulatedProvider(endpoint, { AWS_ENDPOINT_URL: endpoint });
    expect(provider).not.toHaveProperty('endpoints');
    expect(provider).toMatchObject({ accessKey: 'emulated', secretKey: 'emulated' });
  });
});
