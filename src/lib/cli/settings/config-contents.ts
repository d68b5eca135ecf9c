import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { isJsonObject } from '../../text/json-object.ts';
import { findNearest } from '../../text/nearest.ts';

/** Keys that suggest a secret. The path of a token file is allowed. */
const SECRET_KEY = /token|secret|password|passwd|credential|api-?_?key|app-?_?id|\bpin\b|totp|jwt/i;
const MAX_DEPTH = 4;
const SECRET_VALUE = /\beyJ[\w-]{8,}/;

type SettingValue = string | number | boolean | readonly string[];
interface ConfigFile {
  readonly profile?: string;
  readonly profiles?: Readonly<Record<string, Readonly<Record<string, SettingValue>>>>;
}

/** The kind of each flag of all commands: a profile is for all of them. */
export type KnownFlags = ReadonlyMap<string, 'boolean' | 'option'>;

/** The content of a checked configuration file: the texts of flags, by profile. */
export interface Config {
  readonly profile: string | undefined;
  readonly profiles: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** Checks the text of a configuration file. Throws `BAD_CONFIGURATION` naming file and key, never a value that may be secret. */
export function parseConfig(text: string, file: string, knownFlags: KnownFlags): Config {
  const refuse = (message: string, hint?: string) =>
    new TickpipeError('BAD_CONFIGURATION', `${file}: ${message}`, { hint });
  const json = parseJson(text, () => refuse('not valid JSON'));
  refuseSecretKeys(json, knownFlags, refuse);
  const problem = findProblem(json);
  if (problem !== undefined) throw refuse(problem);
  const content = json as ConfigFile;
  const profiles = new Map<string, ReadonlyMap<string, string>>();
  for (const [name, settings] of Object.entries(content.profiles ?? {})) {
    const texts = new Map<string, string>();
    for (const [key, value] of Object.entries(settings)) {
      const kind = knownFlags.get(key);
      const place = `profiles.${name}.${key}`;
      if (kind === undefined) throw refuse(`${place}: unknown key`, suggest(key, knownFlags));
      if ((kind === 'boolean') !== (typeof value === 'boolean')) throw refuse(`${place}: expected ${EXPECTED[kind]}`);
      texts.set(key, textOf(value));
    }
    profiles.set(name, texts);
  }
  return { profile: content.profile, profiles };
}

/**
 * What is wrong with the shape of the file, and where; undefined for a good one. `configFileSchema` says the same, and a test holds both
 * to each other: nearly every command reads the file, and zod takes longer to load than the file to check.
 */
export function findProblem(json: unknown): string | undefined {
  if (!isJsonObject(json)) return 'the file: wrong type';
  const { profile, profiles = {}, ...others } = json;
  if (profile !== undefined && typeof profile !== 'string') return 'profile: wrong type';
  if (!isJsonObject(profiles)) return 'profiles: wrong type';
  for (const [name, settings] of Object.entries(profiles)) {
    if (!isJsonObject(settings)) return `profiles.${name}: wrong type`;
    const wrong = Object.entries(settings).find(([, value]) => !isSettingValue(value));
    if (wrong) return `profiles.${name}.${wrong[0]}: wrong type`;
  }
  const [unknown] = Object.keys(others);
  return unknown === undefined ? undefined : `${unknown || 'the file'}: unknown key`;
}

function isSettingValue(value: unknown): value is SettingValue {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string');
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

const EXPECTED = { boolean: 'true or false', option: 'a string, a number or a list of strings' } as const;

function textOf(value: SettingValue): string {
  return String(value);
}

/** What was meant by an unknown key, as a hint; `undefined` when nothing is near. */
export function suggest(key: string, knownFlags: KnownFlags): string | undefined {
  const nearest = findNearest(key.replaceAll('_', '-'), [...knownFlags.keys()]);
  return nearest === undefined ? undefined : `did you mean ${JSON.stringify(nearest)}?`;
}

function parseJson(text: string, refuse: () => TickpipeError): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The message of JSON.parse quotes the text, which may contain a secret.
    throw refuse();
  }
}

export const SECRET_HINT = 'keep tokens out of this file: use tickpipe login, FYERS_ACCESS_TOKEN or token-file';

/** Whether a key that is no flag asks for a secret. */
export function isSecretKey(key: string, knownFlags: KnownFlags): boolean {
  return !knownFlags.has(key) && SECRET_KEY.test(key);
}

/** Whether a text contains a token. */
export function isSecretValue(text: string): boolean {
  return SECRET_VALUE.test(text);
}

/** Refuses secrets under any key, at any depth. */
function refuseSecretKeys(
  json: unknown,
  knownFlags: KnownFlags,
  refuse: (message: string, hint?: string) => TickpipeError,
): void {
  const visit = (value: unknown, place: string, depth: number): void => {
    if (typeof value === 'string' && isSecretValue(value)) throw refuse(`${place}: contains a token`, SECRET_HINT);
    // The schema refuses deeper nesting.
    if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const at = place === '' ? key : `${place}.${key}`;
      const isProfileName = place === 'profiles';
      if (!isProfileName && isSecretKey(key, knownFlags))
        throw refuse(`${at}: secrets are not allowed here`, SECRET_HINT);
      visit(inner, at, depth + 1);
    }
  };
  visit(json, '', 0);
}
