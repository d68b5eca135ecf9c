import path from 'node:path';
import { TRUST_FILES, TRUST_VARIABLES } from './settings.ts';

/** What a program in the background needs of the environment. Never a secret: other programs of this user can read it. */
const HANDED_DOWN = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'XDG_STATE_HOME',
  'XDG_CONFIG_HOME',
  ...TRUST_VARIABLES,
] as const;
/** Paths, which mean something else in its working directory. */
const PATHS_HANDED_DOWN = ['TICKPIPE_RUN_DIR', ...TRUST_FILES] as const;

/** The part of an environment that a program in the background gets. It has no proxy: a proxy's address may hold a password. */
export function selectEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const selected: Record<string, string> = {};
  for (const name of HANDED_DOWN) if (env[name]) selected[name] = env[name];
  for (const name of PATHS_HANDED_DOWN) if (env[name]) selected[name] = path.resolve(env[name]);
  return selected;
}
