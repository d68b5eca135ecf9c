import { existsSync } from 'node:fs';
import type { Config as Oclif } from '@oclif/core/config';
import { InvalidValue } from '../../errors/invalid-value.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { readPlainName } from '../../host/plain-name.ts';
import { tokenFileOf } from '../../host/user-directories.ts';
import { isJsonObject } from '../../text/json-object.ts';
import { knownFlagsOf } from '../command/base-command.ts';
import { readBoolean } from '../program/flag-values.ts';
import type { CommandContext, Environment } from '../program/program.ts';
import { locateConfigFile } from '../settings/config-file.ts';
import { variableOf } from '../settings/settings.ts';
import { changeConfigText } from './change-config.ts';
import { type Json, removeKey, setValue } from './json-document.ts';
import { type CommandFlags, findContradiction, findRefusals, loadFlags, type Refusal } from './setting-checks.ts';
import { checkKey, refuseSecretValue } from './setting-keys.ts';

const EMPTY_FILE = '{}\n';

/**
 * Sets a key of the active profile, which is made when it is missing. A value that no command takes, or that contradicts another
 * setting of the profile, is a `USAGE` error; one that only some commands take is a warning. Throws `BAD_CONFIGURATION` when the file
 * is not one of settings, `OUTPUT_FAILED`.
 */
export async function setSetting(key: string, text: string, oclif: Oclif, context: CommandContext): Promise<void> {
  const { program, reporter, profile } = context;
  checkKey(key, oclif);
  refuseSecretValue(key, text);
  const commands = await loadFlags(oclif.commands, [key]);
  const now = program.clock.now();
  const refusals = findRefusals(key, text, commands, now);
  const [first] = refusals;
  if (first && refusals.length === commands.length) throw first.reason.at(key);
  const kind = knownFlagsOf(oclif).get(key);
  const { file } = locateConfigFile(program.env);
  await changeConfig(context, (old) => {
    const value = kind === 'boolean' ? readBoolean(text) : toNumber(text);
    const changed = putValue(old, file, ['profiles', profile, key], value);
    refuseContradiction(textsOf(old, profile), textsOf(changed, profile), commands, now);
    return changed;
  });
  if (first) reporter.warn(describeRefusals(key, refusals), { event: 'partly_taken', key });
  const variable = variableOf(key);
  if (program.env[variable]) {
    reporter.warn(`${variable} is set and counts before the file`, { event: 'variable', variable });
  }
}

/** Removes a key from the active profile, also one that is unknown. Throws `NOT_SET`, else as `setSetting`. */
export async function unsetSetting(key: string, oclif: Oclif, context: CommandContext): Promise<void> {
  const isChanged = await changeConfig(context, (old) => removeKey(old, ['profiles', context.profile, key]));
  if (isChanged) return;
  checkKey(key, oclif);
  throw new TickpipeError('NOT_SET', `${key} is not set in the profile ${JSON.stringify(context.profile)}`);
}

/** Makes a profile the one that applies when nothing else names one; a profile that is not there is made. Throws as `setSetting`. */
export async function useProfile(name: string, context: CommandContext): Promise<void> {
  const { program, reporter } = context;
  try {
    readPlainName(name);
  } catch (error) {
    throw error instanceof InvalidValue ? error.at('NAME') : error;
  }
  const { file } = locateConfigFile(program.env);
  let isNew = false;
  await changeConfig(context, (old) => {
    isNew = !Object.hasOwn(sectionsOf(old), name);
    return putValue(isNew ? putValue(old, file, ['profiles', name], {}) : old, file, ['profile'], name);
  });
  reporter.info(describeUse(name, isNew, program.env));
  const variable = variableOf('profile');
  const given = program.env[variable];
  if (given && given !== name) {
    reporter.warn(`${variable} is set to ${JSON.stringify(given)} and counts before the file`, {
      event: 'variable',
      variable,
    });
  }
}

/** Says whether the profile is new, as its name may be mistyped, and whether it has a login. */
function describeUse(name: string, isNew: boolean, env: Environment): string {
  const hasLogin = existsSync(tokenFileOf(env, name));
  const what = isNew && !hasLogin ? `made the profile ${name}` : `the profile ${name} applies now`;
  return hasLogin ? what : `${what}; it has no login yet: tickpipe login stores one`;
}

/** Changes the file's text, which is checked to be JSON. Returns whether it changed. */
async function changeConfig(context: CommandContext, change: (text: string) => string): Promise<boolean> {
  const { file } = locateConfigFile(context.program.env);
  return changeConfigText(context, (text) => {
    const old = text === undefined || text.trim() === '' ? EMPTY_FILE : text;
    parse(old, file);
    const changed = change(old);
    return changed === old ? undefined : changed;
  });
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TickpipeError('BAD_CONFIGURATION', `${file}: not valid JSON`, {
      hint: 'correct it: tickpipe config edit',
    });
  }
}

function putValue(text: string, file: string, path: readonly string[], value: Json): string {
  try {
    return setValue(text, path, value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TickpipeError('BAD_CONFIGURATION', `${file}: ${error.message || 'the file'}: wrong type`);
  }
}

/** Throws `USAGE` when a change brings a contradiction into settings that had none. */
function refuseContradiction(
  old: ReadonlyMap<string, string>,
  changed: ReadonlyMap<string, string>,
  commands: readonly CommandFlags[],
  now: number,
): void {
  const contradiction = findContradiction(changed, commands, now);
  if (contradiction === undefined || findContradiction(old, commands, now) !== undefined) return;
  throw new TickpipeError('USAGE', contradiction, { hint: 'unset one of them first: tickpipe config unset KEY' });
}

/** The settings of a profile as texts; values of a wrong type are left out. */
function textsOf(text: string, profile: string): ReadonlyMap<string, string> {
  const section = sectionsOf(text)[profile];
  const entries = isJsonObject(section) ? Object.entries(section) : [];
  return new Map(entries.flatMap(([key, value]) => (isSettingValue(value) ? [[key, String(value)]] : [])));
}

/** The profiles of a text that is valid JSON. */
function sectionsOf(text: string): Readonly<Record<string, unknown>> {
  const json: unknown = JSON.parse(text);
  const profiles = isJsonObject(json) ? json['profiles'] : undefined;
  return isJsonObject(profiles) ? profiles : {};
}

/** As the schema has them. A list of lists may be nested deeper than the stack is. */
function isSettingValue(value: unknown): boolean {
  return Array.isArray(value) ? value.every((one) => typeof one === 'string') : typeof value !== 'object';
}

/** A number in its usual spelling becomes one of the file. */
function toNumber(text: string): string | number {
  const number = Number(text);
  return Number.isFinite(number) && String(number) === text ? number : text;
}

function describeRefusals(key: string, refusals: readonly Refusal[]): string {
  const commands = refusals.map(({ command }) => `tickpipe ${command}`).join(', ');
  const verb = refusals.length === 1 ? 'does' : 'do';
  return `${commands} ${verb} not take this value of ${key}: ${refusals[0]?.reason.message ?? ''}`;
}
