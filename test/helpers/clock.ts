import { afterAll, beforeAll, jest } from '@jest/globals';

/** Lets the tests of a file, or of the suite around it, take a day for today. Timers stay real. */
export function onDay(day: string): void {
  beforeAll(() => {
    jest.useFakeTimers({
      now: new Date(day),
      doNotFake: [
        'hrtime',
        'nextTick',
        'performance',
        'queueMicrotask',
        'setImmediate',
        'clearImmediate',
        'setInterval',
        'clearInterval',
        'setTimeout',
        'clearTimeout',
      ],
    });
  });
  afterAll(() => {
    jest.useRealTimers();
  });
}
