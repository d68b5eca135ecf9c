import path from 'node:path';
import { describeErrno } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { describeInputFailure, readText, wasAborted } from '../../host/read-input.ts';
import { configDirectory } from '../../host/user-directories.ts';
import type { Environment } from '../program/program.ts';
import type { KnownFlags } from './config-schema.ts';

const MAX_FILE_BYTES = 1024 * 1024;
const DEFAULT_PROFILE = 'default';

/** A named set of flags from the configuration file. */
export interface Profile {
  /** The value of each flag as text, as on the command line; booleans as `true` and `false`. */
  readonly settings: ReadonlyMap<string, string>;
  /** The place of a setting in the file, for messages. */
  placeOf(flag: string): string;
}

export interface ProfileRequest {
  readonly env: Environment;
  /** `--profile`, or its variable. */
  readonly name: string | undefined;
  /** Called only when there is a file. */
  readonly knownFlags: () => KnownFlags;
  /** Ends the wait for the writer of a pipe. */
  readonly signal: AbortSignal;
}

/** The path of the configuration file, and whether the file must exist. */
export function locateConfigFile(env: Environment): { file: string; required: boolean } {
  if (env['TICKPIPE_CONFIG']) return { file: env['TICKPIPE_CONFIG'], required: true };
  return { file: path.join(configDirectory(env), 'config.json'), required: false };
}

/** The profile that applies, `undefined` when none does. Throws `BAD_CONFIGURATION` naming the file and the key. */
export async function readProfile({ env, name, knownFlags, signal }: ProfileRequest): Promise<Profile | undefined> {
  const { file, required } = locateConfigFile(env);
  const text = await readIfThere(file, required, signal);
  if (text === undefined) {
    if (name === undefined) return undefined;
    throw refuse(`there is no profile ${JSON.stringify(name)}: ${file} does not exist`);
  }
  // Loading zod takes time, so it is loaded only when there is a file.
  const { parseConfig } = await import('./config-schema.ts');
  const config = parseConfig(text, file, knownFlags());
  const chosen = name ?? config.profile ?? DEFAULT_PROFILE;
  const settings = config.profiles.get(chosen);
  if (settings) return { settings, placeOf: (flag) => `${file}: profiles.${chosen}.${flag}` };
  if (name === undefined && config.profile === undefined) return undefined;
  const names = [...config.profiles.keys()].join(', ') || 'none';
  throw refuse(`${file}: there is no profile ${JSON.stringify(chosen)}; there are: ${names}`);
}

async function readIfThere(file: string, required: boolean, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await readText(file, { maxBytes: MAX_FILE_BYTES, signal })).text;
  } catch (error) {
    if (wasAborted(error, signal)) throw error;
    const code = describeErrno(error);
    if (!required && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined;
    if (code === 'EFBIG') throw refuse(`${file}: larger than ${MAX_FILE_BYTES} bytes`);
    throw refuse(`${file}: cannot be read: ${describeInputFailure(error)}`);
  }
}

function refuse(message: string): TickpipeError {
  return new TickpipeError('BAD_CONFIGURATION', message);
}
