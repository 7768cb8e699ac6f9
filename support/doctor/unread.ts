import { ApiError } from '../cluster/errors';

/** What was read; nothing for who may not read it. All else that goes wrong is told. */
export async function orUnread<Read>(reading: Promise<Read>): Promise<Read | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  }
}
