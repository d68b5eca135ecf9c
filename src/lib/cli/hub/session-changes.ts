import { codedError, type TickpipeError } from '../../errors/tickpipe-error.ts';

/** What became of sessions that were changed one after the other. */
export interface SessionChanges<T> {
  readonly done: readonly T[];
  /** Why it ended before the last of them. */
  readonly failure: TickpipeError | undefined;
}

/**
 * Changes every session in turn, up to the first that fails. Under `all`, those that left meanwhile or cannot take it are passed over, unless
 * that is all of them.
 */
export async function changeSessions<T>(
  ids: readonly string[],
  all: boolean,
  change: (id: string) => Promise<readonly T[]>,
): Promise<SessionChanges<T>> {
  const done: T[] = [];
  let passedOver: TickpipeError | undefined;
  for (const id of ids) {
    try {
      done.push(...(await change(id)));
    } catch (error) {
      const failure = codedError(error, 'the change failed');
      if (!all || (failure.code !== 'NO_SESSION' && failure.code !== 'SESSION_WITHOUT_KIND')) return { done, failure };
      passedOver = failure;
    }
  }
  return { done, failure: done.length === 0 ? passedOver : undefined };
}
