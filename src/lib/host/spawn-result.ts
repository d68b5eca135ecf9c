import { closeSync, fstatSync, writeSync } from 'node:fs';
import { CATALOGUE, type ErrorCode } from '../errors/catalogue.ts';
import { codedError, type PlainError, toPlainError } from '../errors/tickpipe-error.ts';

/** The result that a hub in the background sends once to the command that started it: one line of JSON on file descriptor 3. */
export type SpawnResult = { readonly ready: true } | { readonly error: PlainError };

export const RESULT_FD = 3;

export function describeFailure(error: unknown): SpawnResult {
  return { error: toPlainError(codedError(error, 'the hub failed')) };
}

/** Tells it and closes the channel: once, since its number is soon another's. A command that has left by now, or a hub started by hand, changes nothing. */
export function sendSpawnResult(answer: SpawnResult): void {
  try {
    // By hand there is no channel, and the number may be a file of Node's own, but never a socket.
    if (!fstatSync(RESULT_FD).isSocket()) return;
  } catch {
    return;
  }
  try {
    writeSync(
      RESULT_FD,
      `${JSON.stringify(answer)}
`,
    );
  } catch {
    // Nobody listens any more.
  }
  closeSync(RESULT_FD);
}

/** Undefined for what is no answer. */
export function parseSpawnResult(line: string): SpawnResult | undefined {
  try {
    const answer: unknown = JSON.parse(line);
    if (!isObject(answer)) return undefined;
    if (answer['ready'] === true) return { ready: true };
    const { error } = answer;
    if (!isObject(error)) return undefined;
    const { code, message, hint } = error;
    if (typeof code !== 'string' || !Object.hasOwn(CATALOGUE, code)) return undefined;
    return { error: { code: code as ErrorCode, message: String(message), hint: String(hint) } };
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
