import type { FlagInput, OptionFlag } from '@oclif/core/interfaces';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { readBoolean } from '../program/flag-values.ts';
import type { Environment } from '../program/program.ts';
import { FlagValueError } from '../program/usage-error.ts';
import type { Profile } from './config-file.ts';

/** What oclif hands to a flag's parser: the command. */
export type FlagParserContext = Parameters<OptionFlag<unknown>['parse']>[1];

/** Where a flag's value came from, the weakest first. */
export const SETTING_SOURCES = ['default', 'profile', 'environment', 'flag'] as const;
export type SettingSource = (typeof SETTING_SOURCES)[number];

/** The values of a command's flags, and where each came from. */
export interface Settings {
  readonly values: Record<string, unknown>;
  readonly sources: Record<string, SettingSource>;
}

export interface SettingInputs {
  readonly definitions: FlagInput;
  /** What oclif made of argv: values and defaults. */
  readonly parsed: { readonly flags: Readonly<Record<string, unknown>>; readonly defaulted: ReadonlySet<string> };
  readonly env: Environment;
  readonly profile: Profile | undefined;
  readonly context: FlagParserContext;
}

/** Flags that only the command line sets: help is no setting, and a profile is looked up before profiles are read. */
const NOT_A_SETTING: ReadonlySet<string> = new Set(['help', 'profile']);

/** The variable that sets a flag: `--max-lag` is `TICKPIPE_MAX_LAG`. */
export function variableOf(flag: string): string {
  return `TICKPIPE_${flag.replaceAll('-', '_').toUpperCase()}`;
}

/** A flag's text in the environment; an empty variable counts as unset. */
export function readVariable(env: Environment, flag: string): string | undefined {
  return env[variableOf(flag)] || undefined;
}

/** Settles each flag: command line, environment, profile, default. Throws `BAD_CONFIGURATION` naming what cannot be used. */
export async function resolveSettings(inputs: SettingInputs): Promise<Settings> {
  const values: Record<string, unknown> = { ...inputs.parsed.flags };
  const sources: Record<string, SettingSource> = {};
  for (const [name, definition] of Object.entries(inputs.definitions)) {
    const given = inputs.parsed.flags[name] !== undefined && !inputs.parsed.defaulted.has(name);
    sources[name] = given ? 'flag' : 'default';
    if (definition.type === 'boolean') values[name] ??= false;
    if (given || NOT_A_SETTING.has(name)) continue;
    const found = findSetting(name, inputs);
    if (!found) continue;
    sources[name] = found.source;
    values[name] = await readSetting(definition, found, inputs.context);
  }
  return { values, sources };
}

interface FoundSetting {
  readonly source: SettingSource;
  readonly text: string;
  /** What to name when the value cannot be used. */
  readonly place: string;
}

function findSetting(name: string, { env, profile }: SettingInputs): FoundSetting | undefined {
  const variable = readVariable(env, name);
  if (variable !== undefined) return { source: 'environment', text: variable, place: variableOf(name) };
  const value = profile?.settings.get(name);
  return profile && value !== undefined ? { source: 'profile', text: value, place: profile.placeOf(name) } : undefined;
}

async function readSetting(
  definition: FlagInput[string],
  { text, place }: FoundSetting,
  context: FlagParserContext,
): Promise<unknown> {
  try {
    if (definition.type === 'boolean') return readBoolean(text);
    const { options } = definition;
    if (options && !options.includes(text)) throw new Error(`expected ${options.join(', ')}`);
    return await definition.parse(text, context, definition);
  } catch (error) {
    const hint = error instanceof FlagValueError ? error.hint : undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TickpipeError('BAD_CONFIGURATION', `${place}: ${reason}`, hint === undefined ? {} : { hint });
  }
}
