import { readFileSync } from 'node:fs';
import type { Server } from './kubernetes.ts';
import { required } from './run.ts';

/** When a token was made and when it ends. */
export interface Life {
  readonly starts: Date;
  readonly ends: Date;
}

/** @returns What the token says of itself; the API server checks it. `undefined` where it says nothing. */
export function lifeOf(token: string): Life | undefined {
  const { iat, exp } = claimsOf(token);
  return typeof iat === 'number' && typeof exp === 'number'
    ? { starts: new Date(iat * 1000), ends: new Date(exp * 1000) }
    : undefined;
}

/** What a token is for, by its own words. */
export function audiencesOf(token: string): string[] {
  const { aud } = claimsOf(token);
  return [aud].flat().filter((audience) => typeof audience === 'string');
}

function claimsOf(token: string): Readonly<Partial<Record<'iat' | 'exp' | 'aud', unknown>>> {
  try {
    const claims: unknown = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
    );
    return typeof claims === 'object' && claims !== null ? claims : {};
  } catch {
    return {};
  }
}

/** Whether this part of a token's life is over. */
export function isPast({ starts, ends }: Life, part: number, now: Date): boolean {
  return now.getTime() - starts.getTime() > (ends.getTime() - starts.getTime()) * part;
}

/** The token for the other cluster, from the Secret that is mounted. */
export function readToken(env: NodeJS.ProcessEnv): string {
  try {
    return readFileSync(required(env, 'FOREIGN_TOKEN'), 'utf8').trim();
  } catch {
    throw new Error('there is no token for the other cluster; the next "cdktf deploy" makes one');
  }
}

/** The other cluster's API server. */
export function foreignServer(env: NodeJS.ProcessEnv, token: string): Server {
  return {
    url: required(env, 'FOREIGN_API_SERVER'),
    // Empty where the server's certificate is signed by an authority that everybody trusts.
    authority: env['FOREIGN_API_SERVER_CA'] || undefined,
    serverName: env['FOREIGN_API_SERVER_NAME'] || undefined,
    token,
  };
}
