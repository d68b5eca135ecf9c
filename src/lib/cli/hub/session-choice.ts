import { codedError, TickpipeError } from '../../errors/tickpipe-error.ts';
import type { HubStatus, SessionReport } from '../../hub/server/hub-status.ts';

/** `--all` does not change recordings: a file should hold the symbols it was started with. */
const RECORDING = 'record';
/** Clients that print no rows. */
const NOT_SESSIONS: ReadonlySet<string> = new Set(['serve']);

export interface SessionChoice {
  readonly session?: string | undefined;
  readonly all: boolean;
}

/**
 * The sessions that a command acts on: the named one, all, or the only one that runs. Throws `NO_SESSION`, or
 * `SEVERAL_SESSIONS` with a list of them.
 */
export function chooseSessions({ sessions }: HubStatus, { session: id, all }: SessionChoice): SessionReport[] {
  const running = sessions.filter(({ command }) => !NOT_SESSIONS.has(command));
  if (id !== undefined) {
    const named = running.find((session) => session.id === id);
    if (named) return [named];
    if (sessions.some((session) => session.id === id)) {
      throw new TickpipeError('NO_SESSION', `session ${id} prints no rows: it serves an address`);
    }
    throw new TickpipeError('NO_SESSION', `there is no session ${JSON.stringify(id)}`);
  }
  if (all) {
    const chosen = running.filter(({ command }) => command !== RECORDING);
    if (chosen.length > 0) return chosen;
    if (running.length === 0) throw noCommand();
    throw new TickpipeError('NO_SESSION', 'only recordings use the shared session', {
      hint: '--all leaves recordings alone: name one with --session',
    });
  }
  // A page or a script changes its own subscriptions through the API.
  const commands = running.filter(({ pid }) => pid !== null);
  const [only, another] = commands;
  if (only === undefined) throw noCommand();
  if (another === undefined) return [only];
  const list = commands.map(({ id: own, command, pid }) => `${own} (${command}, pid ${pid})`).join(', ');
  throw new TickpipeError('SEVERAL_SESSIONS', `${commands.length} sessions run: ${list}`);
}

/** A command with `--feed sim` that started before the hub has its own simulator and is not a client of the hub. */
const noCommand = (): TickpipeError =>
  new TickpipeError('NO_SESSION', 'no command uses the shared session', {
    hint: 'start tickpipe stream symbols or tickpipe record with the same --feed: it joins this session',
  });

/** The results of changing sessions one after the other. */
export interface SessionChanges<T> {
  readonly done: readonly T[];
  /** Why it stopped before the last session. */
  readonly failure: TickpipeError | undefined;
}

/**
 * Changes the sessions in turn and stops at the first failure. With `all` it skips sessions that have ended or cannot take the
 * change, and fails only when it skipped every one.
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
