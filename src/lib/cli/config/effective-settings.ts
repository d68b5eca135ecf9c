import type { Config as Oclif } from '@oclif/core/config';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { SETTING } from '../../output/records/config-records.ts';
import type { RecordRow } from '../../output/records/record-type.ts';
import { knownFlagsOf } from '../command/base-command.ts';
import { describeDefaults, listFlags } from '../help/command-facts.ts';
import type { CommandContext } from '../program/program.ts';
import { isSecretValue } from '../settings/config-contents.ts';
import { locateConfigFile, readConfigText, readProfile } from '../settings/config-file.ts';
import { isSetting, readVariable, variableOf } from '../settings/settings.ts';
import { findLine } from './json-document.ts';
import { checkKey } from './setting-keys.ts';

/** A setting that has a value, as commands find it that are not given the flag. A token that somebody put there is left out. */
type EffectiveSetting = RecordRow<typeof SETTING>;

const HIDDEN_VALUE = '***';

/**
 * The settings of the active profile, of the environment and the defaults, by key. Keys without a value, and those whose default
 * differs between commands, are left out. Throws `BAD_CONFIGURATION`.
 */
export async function listSettings(oclif: Oclif, context: CommandContext): Promise<EffectiveSetting[]> {
  const { program, signal, profile: name } = context;
  const { env } = program;
  const named = { name, place: '--profile', code: 'USAGE' } as const;
  const { settings } = await readProfile({
    env,
    named,
    mayBeNew: true,
    knownFlags: async () => knownFlagsOf(oclif),
    signal,
  });
  const { file } = locateConfigFile(env);
  const text = settings.size === 0 ? undefined : await readConfigText({ file, required: false }, signal);
  const topics = { commands: oclif.commands };
  return listFlags(topics)
    .filter(({ name: key }) => isSetting(key))
    .flatMap(({ name: key, type, allowNo }): EffectiveSetting[] => {
      const variable = readVariable(env, key);
      if (variable !== undefined) return [describe(key, variable, 'environment', variableOf(key))];
      const inFile = settings.get(key);
      if (inFile !== undefined) {
        const line = text === undefined ? undefined : findLine(text, ['profiles', name, key]);
        return [describe(key, inFile, 'file', `${file}:${line ?? 1}`)];
      }
      // A flag that can be negated is on without it.
      const value = type === 'boolean' ? String(allowNo === true) : describeDefaults(key, topics);
      return value === '' || value.includes(' or ') ? [] : [describe(key, value, 'default', null)];
    });
}

function describe(
  key: string,
  value: string,
  origin: 'default' | 'file' | 'environment',
  place: string | null,
): EffectiveSetting {
  return { key, value: isSecretValue(value) ? HIDDEN_VALUE : value, origin, place };
}

/** The value of one key. Throws `NOT_SET` when it has none, `USAGE` for an unknown key, `BAD_CONFIGURATION`. */
export async function getSetting(key: string, oclif: Oclif, context: CommandContext): Promise<string> {
  checkKey(key, oclif);
  const found = (await listSettings(oclif, context)).find((setting) => setting.key === key);
  if (found) return found.value;
  const defaults = describeDefaults(key, { commands: oclif.commands });
  throw new TickpipeError(
    'NOT_SET',
    `${key} is not set${defaults && `; commands differ in their default: ${defaults}`}`,
  );
}
