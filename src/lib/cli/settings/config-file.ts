import { existsSync } from 'node:fs';
import path from 'node:path';
import { describeErrno } from '../../errors/errno.ts';
import { InvalidValue } from '../../errors/invalid-value.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { isPlainName, readPlainName } from '../../host/plain-name.ts';
import { describeInputFailure, readText, wasAborted } from '../../host/read-input.ts';
import { configDirectory, tokenFileOf } from '../../host/user-directories.ts';
import { parseJsonObject } from '../../text/json-object.ts';
import { findNearest } from '../../text/nearest.ts';
import type { Environment } from '../program/program.ts';
import type { Config, KnownFlags } from './config-contents.ts';

export const MAX_CONFIG_BYTES = 1024 * 1024;
export const DEFAULT_PROFILE = 'default';

/**
 * The profile that applies: a named set of flags from the configuration file, and the login of that name. It has no settings when the
 * file has no section for it.
 */
export interface Profile {
  /** The name of the profile, which is also the name of its token file (`tokenFileOf`). */
  readonly name: string;
  /** The value of each flag as text, as on the command line; booleans as `true` and `false`. */
  readonly settings: ReadonlyMap<string, string>;
  /** The place of a setting in the file, for messages. */
  placeOf(flag: string): string;
}

/** A profile that a user names, and where: `--profile`, `TICKPIPE_PROFILE`. */
export interface NamedProfile {
  readonly name: string;
  readonly place: string;
  readonly code: 'USAGE' | 'BAD_CONFIGURATION';
}

export interface ProfileRequest {
  readonly env: Environment;
  /** The profile of the command line or of its variable. */
  readonly named: NamedProfile | undefined;
  /** Whether the profile may be one that has neither a section in the file nor a login: the command makes it. */
  readonly mayBeNew: boolean;
  /** Called only when there is a file. */
  readonly knownFlags: () => Promise<KnownFlags>;
  /** Ends the reading of the file. */
  readonly signal: AbortSignal;
}

/** The path of the configuration file, and whether the file must exist. */
export interface ConfigPlace {
  readonly file: string;
  readonly required: boolean;
}

export function locateConfigFile(env: Environment): ConfigPlace {
  if (env['TICKPIPE_CONFIG']) return { file: env['TICKPIPE_CONFIG'], required: true };
  return { file: path.join(configDirectory(env), 'config.json'), required: false };
}

/**
 * The profile that applies: the named one, then `profile` of the file, then `default`. Throws `BAD_CONFIGURATION` naming the file and
 * the key, also for a profile that was chosen and is not there: it has no section in the file, and no login is stored under its name.
 */
export async function readProfile({ env, named, mayBeNew, knownFlags, signal }: ProfileRequest): Promise<Profile> {
  if (named) checkName(named);
  const { file, required } = locateConfigFile(env);
  const text = await readConfigText({ file, required: required && !mayBeNew }, signal);
  const config = text === undefined ? undefined : await parse(text, file, await knownFlags());
  const name = named?.name ?? readChosenName(config, file) ?? DEFAULT_PROFILE;
  const isChosen = named !== undefined || config?.profile !== undefined;
  if (isChosen && !mayBeNew) refuseUnknown(name, config, file, env);
  const settings = config?.profiles.get(name) ?? new Map<string, string>();
  return { name, settings, placeOf: (flag) => `${file}: profiles.${name}.${flag}` };
}

/** Throws `BAD_CONFIGURATION` when the file chooses a profile that is not there. */
export function checkChosenProfile(config: Config, file: string, env: Environment): void {
  const name = readChosenName(config, file);
  if (name !== undefined) refuseUnknown(name, config, file, env);
}

function readChosenName(config: Config | undefined, file: string): string | undefined {
  if (config?.profile === undefined) return undefined;
  checkName({ name: config.profile, place: `${file}: profile`, code: 'BAD_CONFIGURATION' });
  return config.profile;
}

/** Throws `BAD_CONFIGURATION` for a profile that has neither a section nor a login. */
function refuseUnknown(name: string, config: Config | undefined, file: string, env: Environment): void {
  if (config?.profiles.has(name) || existsSync(tokenFileOf(env, name))) return;
  throw unknownProfile(name, config && [...config.profiles.keys()], file);
}

/**
 * The name of the profile that applies, also when the file cannot be used: as far as it can be read, for commands that mend the file.
 * Throws for a named profile as `readProfile`.
 */
export async function findProfileName(
  env: Environment,
  named: NamedProfile | undefined,
  signal: AbortSignal,
): Promise<string> {
  if (named) checkName(named);
  if (named) return named.name;
  try {
    const { file } = locateConfigFile(env);
    const name = parseJsonObject((await readConfigText({ file, required: false }, signal)) ?? '')?.['profile'];
    return typeof name === 'string' && isPlainName(name) ? name : DEFAULT_PROFILE;
  } catch (error) {
    if (wasAborted(error, signal)) throw error;
    return DEFAULT_PROFILE;
  }
}

function checkName({ name, place, code }: NamedProfile): void {
  try {
    readPlainName(name);
  } catch (error) {
    throw error instanceof InvalidValue ? error.at(place, code) : error;
  }
}

async function parse(text: string, file: string, knownFlags: KnownFlags): Promise<Config> {
  // Most users have no such file.
  const { parseConfig } = await import('./config-contents.ts');
  return parseConfig(text, file, knownFlags);
}

/** @param known the profiles of the file; undefined when there is no file */
function unknownProfile(name: string, known: readonly string[] | undefined, file: string): TickpipeError {
  const nearest = findNearest(name, known ?? []);
  const make = `tickpipe login --profile ${name} or tickpipe profile use ${name} makes it`;
  const message = `there is no profile ${JSON.stringify(name)}`;
  return new TickpipeError(
    'BAD_CONFIGURATION',
    known === undefined
      ? `${message}: ${file} does not exist, and there is no login of that name`
      : `${file}: ${message}; there are: ${known.join(', ') || 'none'}`,
    { hint: nearest === undefined ? make : `did you mean ${JSON.stringify(nearest)}? ${make}` },
  );
}

/**
 * The text of the configuration file; undefined when it is not there and need not be. Throws `BAD_CONFIGURATION`, also for a pipe or a
 * device: every command reads the file, and would wait for its writer.
 */
export async function readConfigText(
  { file, required }: ConfigPlace,
  signal: AbortSignal,
): Promise<string | undefined> {
  // Most users have no such file. This look starts no thread, as a read would.
  if (!required && !existsSync(file)) return undefined;
  try {
    return (await readText(file, { maxBytes: MAX_CONFIG_BYTES, signal, filesOnly: true })).text;
  } catch (error) {
    if (wasAborted(error, signal)) throw error;
    const code = describeErrno(error);
    if (!required && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined;
    if (code === 'EFBIG') throw refuse(`${file}: larger than ${MAX_CONFIG_BYTES} bytes`);
    throw refuse(`${file}: cannot be read: ${describeInputFailure(error)}`);
  }
}

function refuse(message: string): TickpipeError {
  return new TickpipeError('BAD_CONFIGURATION', message);
}
