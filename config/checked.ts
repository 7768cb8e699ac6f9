import { z } from 'zod';
import { messageOf } from '../constructs/problems';

/** A text in which this finds what is wrong, if anything is. */
export function checked(problem: (text: string) => string | undefined) {
  return z.string().superRefine((text, context) => {
    const message = problem(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

/** What a reader has against what it reads. */
export function objection(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
