import { closeSync, fstatSync, writeSync } from 'node:fs';
import { CATALOGUE, type ErrorCode } from '../errors/catalogue.ts';
import { codedError, type PlainError, toPlainError } from '../errors/tickpipe-error.ts';
import { isJsonObject } from '../text/json-object.ts';

/** What a hub or a recording in the background sends once to the command that started it: a line of JSON on file descriptor 3. */
export type SpawnResult = { readonly ready: true } | { readonly error: PlainError };

export const RESULT_FD = 3;

export function describeFailure(error: unknown): SpawnResult {
  return { error: toPlainError(codedError(error, 'the program in the background failed')) };
}

/**
 * Sends the result and closes the channel. Call it once: the system soon gives the descriptor to another file. Does nothing when the
 * starting command has ended, or when a user started this process by hand.
 */
export function sendSpawnResult(answer: SpawnResult): void {
  try {
    // A process that a user started has no channel. The descriptor may be a file of Node's own then, but never a socket.
    if (!fstatSync(RESULT_FD).isSocket()) return;
  } catch {
    return;
  }
  try {
    writeSync(RESULT_FD, `${JSON.stringify(answer)}\n`);
  } catch {
    // The starting command has ended.
  }
  closeSync(RESULT_FD);
}

/** Undefined when the line is not a result. */
export function parseSpawnResult(line: string): SpawnResult | undefined {
  try {
    const answer: unknown = JSON.parse(line);
    if (!isJsonObject(answer)) return undefined;
    if (answer['ready'] === true) return { ready: true };
    const { error } = answer;
    if (!isJsonObject(error)) return undefined;
    const { code, message, hint } = error;
    if (typeof code !== 'string' || !Object.hasOwn(CATALOGUE, code)) return undefined;
    return { error: { code: code as ErrorCode, message: String(message), hint: String(hint) } };
  } catch {
    return undefined;
  }
}
