import type { Config as Oclif } from '@oclif/core/config';
import type { TickpipeError } from '../../errors/tickpipe-error.ts';
import { findProblems, findRefusals, loadFlags } from '../config/setting-checks.ts';
import type { Environment } from '../program/program.ts';
import type { KnownFlags } from '../settings/config-contents.ts';
import { locateConfigFile, type Profile } from '../settings/config-file.ts';
import { readVariable, variableOf } from '../settings/settings.ts';

/** What the settings of all commands are checked with. */
export interface SettingFacts {
  /** What was found wrong when the command began. */
  readonly faults: readonly TickpipeError[];
  /** The flags of all commands. */
  readonly knownFlags: KnownFlags;
  readonly commands: Oclif['commands'];
  readonly profile: Profile;
}

/**
 * Everything that is wrong with the settings of the profile and the variables, also of flags that only other commands have. Each error
 * is a `BAD_CONFIGURATION`.
 * @param now epoch milliseconds
 */
export async function findSettingProblems(
  { faults, knownFlags, commands, profile }: SettingFacts,
  env: Environment,
  now: number,
): Promise<readonly TickpipeError[]> {
  const place = `${locateConfigFile(env).file}: profiles.${profile.name}`;
  const keys = [...knownFlags.keys()].filter((key) => readVariable(env, key) !== undefined);
  const users = await loadFlags(commands, keys);
  const ofVariables = keys.flatMap((key): TickpipeError[] => {
    const concerned = users.filter(({ definitions }) => definitions[key]);
    const refusals = findRefusals(key, readVariable(env, key) ?? '', concerned, now);
    const [first] = refusals;
    // A flag may mean different things to commands: a value that one of them takes is no error.
    return first && refusals.length === concerned.length ? [first.reason.at(variableOf(key), 'BAD_CONFIGURATION')] : [];
  });
  const all = [...faults, ...(await findProblems(profile.settings, place, commands, now)), ...ofVariables];
  return [...new Map(all.map((error) => [error.message, error])).values()];
}
