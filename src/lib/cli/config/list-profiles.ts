import { existsSync } from 'node:fs';
import type { Config as Oclif } from '@oclif/core/config';
import { isPlainName } from '../../host/plain-name.ts';
import { listLogins, tokenFileOf } from '../../host/user-directories.ts';
import type { PROFILE } from '../../output/records/config-records.ts';
import type { RecordRow } from '../../output/records/record-type.ts';
import { knownFlagsOf } from '../command/base-command.ts';
import type { CommandContext } from '../program/program.ts';
import { parseConfig } from '../settings/config-contents.ts';
import { locateConfigFile, readConfigText } from '../settings/config-file.ts';

type ListedProfile = RecordRow<typeof PROFILE>;

/** The profiles of the file in its order, then those that have a login only; the active one is always among them. Throws `BAD_CONFIGURATION`. */
export async function listProfiles(
  oclif: Oclif,
  { program, profile, signal }: CommandContext,
): Promise<ListedProfile[]> {
  const { env } = program;
  const place = locateConfigFile(env);
  const text = await readConfigText(place, signal);
  const sections = text === undefined ? undefined : parseConfig(text, place.file, knownFlagsOf(oclif)).profiles;
  const names = new Set([...(sections?.keys() ?? []), ...listLogins(env), profile]);
  return [...names].map((name) => ({
    profile: name,
    active: name === profile,
    settings: sections?.get(name)?.size ?? 0,
    login: isPlainName(name) && existsSync(tokenFileOf(env, name)),
  }));
}
