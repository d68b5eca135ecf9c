import type { FlagInput } from '@oclif/core/interfaces';
import { InvalidValue } from '../../errors/invalid-value.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { FORMATS } from '../../output/rows/encoder.ts';
import { readBoolean } from '../program/flag-values.ts';
import type { Environment } from '../program/program.ts';
import type { Profile } from './config-file.ts';

/** Reads the text of a flag, a variable or a profile. Throws `InvalidValue`, or a coded error. @param now epoch milliseconds */
export type ValueReader<T> = (text: string, now: number) => T;

/** Where the value of a flag comes from, the weakest source first. */
const SETTING_SOURCES = ['default', 'profile', 'environment', 'flag'] as const;
export type SettingSource = (typeof SETTING_SOURCES)[number];

/** The values of a command's flags, and the source of each. */
export interface Settings {
  readonly values: Record<string, unknown>;
  readonly sources: Record<string, SettingSource>;
}

/** Flags that may be given once only: a second `--file` would silently replace the first list of symbols. */
const ONCE_ONLY: ReadonlySet<string> = new Set(['file']);
/**
 * Flags without a variable or a key in a profile: `--help` is no setting, `--profile` is needed before profiles are read, and a
 * `--where` of all commands would leave rows out of recordings without a word.
 */
const NOT_A_SETTING: ReadonlySet<string> = new Set(['help', 'profile', 'where']);

/** Whether a flag has a variable and a key in a profile. */
export function isSetting(flag: string): boolean {
  return !NOT_A_SETTING.has(flag);
}

/** The variable that sets a flag: `--max-lag` is `TICKPIPE_MAX_LAG`. */
export function variableOf(flag: string): string {
  return `TICKPIPE_${flag.replaceAll('-', '_').toUpperCase()}`;
}

/** A flag's text in the environment; an empty variable counts as unset. */
export function readVariable(env: Environment, flag: string): string | undefined {
  return env[variableOf(flag)] || undefined;
}

/**
 * The same flags, but oclif accepts each several times, as GNU tools do: a flag of an alias or a script can be given again after it.
 * The last value counts.
 */
export function allowRepeats(flags: FlagInput): FlagInput {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => {
      const isRepeatable = flag.type === 'option' && flag.multiple !== true && !ONCE_ONLY.has(name);
      return [name, isRepeatable ? { ...flag, multiple: true, multipleNonGreedy: true } : flag];
    }),
  ) as FlagInput;
}

/**
 * The settings of the command line; other flags have their defaults. Throws `USAGE`.
 * @param parsed the result of oclif's parser: texts, lists of texts, and defaults
 * @param defaulted the flags that are not on the command line
 */
export function readCommandLine(
  definitions: FlagInput,
  parsed: Readonly<Record<string, unknown>>,
  defaulted: ReadonlySet<string>,
  now: number,
): Settings {
  const values: Record<string, unknown> = {};
  const sources: Record<string, SettingSource> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const value = parsed[name];
    const isGiven = value !== undefined && !defaulted.has(name);
    sources[name] = isGiven ? 'flag' : 'default';
    if (!isGiven || definition.type === 'boolean') {
      values[name] = definition.type === 'boolean' ? (value ?? false) : value;
      continue;
    }
    const read = [value].flat().map((text) => readValue(definition, String(text), now, `--${name}`, 'USAGE'));
    values[name] = definition.multiple ? read : read.at(-1);
  }
  return { values, sources };
}

/**
 * Adds the settings of the environment and the profile to those of the command line, and resolves contradictions. Throws
 * `BAD_CONFIGURATION` with the place of a value that cannot be used; `USAGE` for flags of the command line that exclude each other.
 */
export function resolveSettings(
  { values: given, sources: givenSources }: Settings,
  definitions: FlagInput,
  env: Environment,
  profile: Profile | undefined,
  now: number,
): Settings {
  const settings: Settings = { values: { ...given }, sources: { ...givenSources } };
  for (const [name, definition] of Object.entries(definitions)) {
    if (settings.sources[name] === 'flag' || !isSetting(name)) continue;
    const variable = readVariable(env, name);
    const text = variable ?? profile?.settings.get(name);
    if (text === undefined) continue;
    const place = variable === undefined ? (profile?.placeOf(name) ?? '') : variableOf(name);
    const value = readValue(definition, text, now, place, 'BAD_CONFIGURATION');
    settings.values[name] = definition.type === 'option' && definition.multiple ? [value] : value;
    settings.sources[name] = variable === undefined ? 'profile' : 'environment';
  }
  resolveConflicts(settings);
  return settings;
}

type ReadableFlag = FlagInput[string] & { readonly read?: ValueReader<unknown> };

/** The value that a flag makes of a text. Throws `InvalidValue`. */
export function interpretValue(definition: ReadableFlag, text: string, now: number): unknown {
  try {
    if (definition.type === 'boolean') return readBoolean(text);
    return definition.read ? definition.read(text, now) : text;
  } catch (error) {
    throw error instanceof TickpipeError ? new InvalidValue(error.message, error.hint) : error;
  }
}

/** @param place named in the error when the value cannot be used */
function readValue(
  definition: ReadableFlag,
  text: string,
  now: number,
  place: string,
  code: 'USAGE' | 'BAD_CONFIGURATION',
): unknown {
  try {
    return interpretValue(definition, text, now);
  } catch (error) {
    throw error instanceof InvalidValue ? error.at(place, code) : error;
  }
}

/** Two flags that exclude each other. With `values`, only these values of the second flag do. */
interface Conflict {
  readonly flags: readonly [string, string];
  readonly values?: readonly unknown[];
}

const CONFLICTS: readonly Conflict[] = [
  { flags: ['quiet', 'verbose'] },
  { flags: ['snapshot', 'count'] },
  { flags: ['append', 'force'] },
  { flags: ['events', 'format'], values: FORMATS.filter((format) => format !== 'ndjson') },
  { flags: ['raw', 'format'] },
  { flags: ['raw', 'events'] },
];

/** Flags that need another flag. */
const NEEDS: readonly (readonly [string, string])[] = [
  ['max-age', 'snapshot'],
  ['append', 'output'],
];

/**
 * Resolves contradictions in place. Of two flags from different sources the stronger source wins and the other flag is unset. From the
 * same source they are an error (`USAGE` on the command line, `BAD_CONFIGURATION` elsewhere).
 */
function resolveConflicts(settings: Settings): void {
  for (const { flags, values } of CONFLICTS) {
    const [first, second] = flags;
    if (!isSet(settings, first) || !isSet(settings, second)) continue;
    if (values && !values.includes(settings.values[second])) continue;
    const difference = strengthOf(settings, first) - strengthOf(settings, second);
    if (difference === 0) throw contradiction(settings, first, second, values !== undefined);
    unset(settings, difference > 0 ? second : first);
  }
  resolveDirect(settings);
  resolvePlayback(settings);
  for (const [flag, needed] of NEEDS) {
    if (!(needed in settings.sources) || settings.sources[flag] !== 'flag' || isSet(settings, needed)) continue;
    throw new TickpipeError('USAGE', `--${flag} needs --${needed}`);
  }
}

/** `--direct` opens a socket to FYERS: with another feed it would have no effect. */
function resolveDirect(settings: Settings): void {
  if (!isSet(settings, 'direct') || !isSet(settings, 'feed') || settings.values['feed'] === 'fyers') return;
  if (strengthOf(settings, 'feed') > strengthOf(settings, 'direct')) unset(settings, 'direct');
  else throw refuse(settings, 'direct', '--direct goes with --feed fyers only');
}

/** Only a recording has a speed. Set by a variable or a profile, which all commands read, it is ignored for other feeds. */
function resolvePlayback(settings: Settings): void {
  const { feed } = settings.values;
  if (feed === undefined || (typeof feed === 'object' && feed !== null && 'recording' in feed)) return;
  for (const flag of ['speed', 'loop']) {
    if (!isSet(settings, flag)) continue;
    if (settings.sources[flag] === 'flag') throw refuse(settings, flag, `--${flag} goes with --feed file:PATH only`);
    unset(settings, flag);
  }
}

function contradiction(settings: Settings, first: string, second: string, withValue: boolean): TickpipeError {
  const message = `--${first} and --${second}${withValue ? ` ${settings.values[second]}` : ''} exclude each other`;
  return refuse(settings, first, message);
}

function refuse({ sources }: Settings, flag: string, message: string): TickpipeError {
  return new TickpipeError(sources[flag] === 'flag' ? 'USAGE' : 'BAD_CONFIGURATION', message);
}

function isSet(settings: Settings, flag: string): boolean {
  const value = settings.values[flag];
  return value !== undefined && value !== false;
}

function strengthOf(settings: Settings, flag: string): number {
  return SETTING_SOURCES.indexOf(settings.sources[flag] ?? 'default');
}

function unset(settings: Settings, flag: string): void {
  settings.values[flag] = settings.values[flag] === true ? false : undefined;
  settings.sources[flag] = 'default';
}
