import type { InboundCrossing, OutboundCrossing } from '../crossing';
import { identityMistake } from '../identity';
import { statName } from './statistics';
import { refuse } from '../../../problems';

type AnyCrossing = InboundCrossing | OutboundCrossing;

export function commonMistakes(crossings: readonly AnyCrossing[]): string[] {
  return [
    ...(crossings.length === 0 ? ['has no crossings'] : []),
    ...repeated(crossings.map(({ id }) => id)).map((id) => `two crossings are named ${id}`),
    ...repeated([...new Set(crossings.map(({ id }) => id))].map(statName)).map(
      (name) => `two crossings would both be ${name} in Envoy's statistics`,
    ),
    ...crossings.flatMap(({ id, serverName, peer, caller, protocol, allow }) => [
      ...(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(serverName)
        ? []
        : [`${id}: serverName "${serverName}" is not a host name in lower case`]),
      ...Object.entries({ peer, caller }).flatMap(([key, value]) => {
        const mistake = identityMistake(value);
        return mistake === undefined ? [] : [`${id}: ${key} "${value}" ${mistake}`];
      }),
      ...(protocol === 'tcp' && allow.length > 0
        ? [`${id}: tcp has no methods and paths to allow`]
        : []),
      ...allow
        .filter(({ pathExact, pathPrefix }) => pathExact !== undefined && pathPrefix !== undefined)
        .map(() => `${id}: a permission has both pathExact and pathPrefix`),
    ]),
  ];
}

export function sameNameMistakes(crossings: readonly InboundCrossing[]): string[] {
  return repeated(crossings.map(({ serverName }) => serverName)).map(
    (serverName) => `two crossings claim the SNI ${serverName}`,
  );
}

export function callerMistakes(crossings: readonly OutboundCrossing[]): string[] {
  return [
    ...(crossings.length > 1 && crossings.some(({ protocol }) => protocol === 'tcp')
      ? ['a tcp crossing needs a border of its own: no header tells its callers apart']
      : []),
    ...repeated(crossings.map(({ caller }) => caller)).map(
      (caller) => `two crossings have the caller ${caller}`,
    ),
  ];
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

export function check(border: string, mistakes: readonly string[]): void {
  refuse(
    `Border ${border}`,
    mistakes.map((message) => ({ path: [], message })),
  );
}
