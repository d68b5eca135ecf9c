import { z } from 'zod';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { findNearest } from '../program/nearest.ts';

/** Keys that suggest a secret. The path of a token file is allowed. */
const SECRET_KEY = /token|secret|password|passwd|credential|api-?_?key|app-?_?id|\bpin\b|totp|jwt/i;
const MAX_DEPTH = 4;
const SECRET_VALUE = /\beyJ[\w-]{8,}/;

const Setting = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
/** The configuration file; `tickpipe help config` prints the descriptions. */
export const configFileSchema = z.strictObject({
  profile: z
    .string()
    .optional()
    .describe('the name of the profile that applies when neither the command line nor a variable names one'),
  profiles: z
    .record(z.string(), z.record(z.string(), Setting))
    .optional()
    .describe('the profiles: under each name the flags that it sets'),
});
type SettingValue = z.infer<typeof Setting>;

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
  const result = configFileSchema.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0];
    const keys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
    const place = [...(issue?.path ?? []), ...keys.slice(0, 1)].join('.') || 'the file';
    throw refuse(keys.length > 0 ? `${place}: unknown key` : `${place}: wrong type`);
  }
  const profiles = new Map<string, ReadonlyMap<string, string>>();
  for (const [name, settings] of Object.entries(result.data.profiles ?? {})) {
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
  return { profile: result.data.profile, profiles };
}

const EXPECTED = { boolean: 'true or false', option: 'a string, a number or a list of strings' } as const;

function textOf(value: SettingValue): string {
  return Array.isArray(value) ? value.join(',') : String(value);
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
