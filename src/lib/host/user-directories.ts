import path from 'node:path';
import { findNames } from './named-files.ts';
import { readAccountHome } from './ownership.ts';

const TOKEN_ENDING = '.json';

type Env = Readonly<Record<string, string | undefined>>;

/** Where the user's settings are: `$XDG_CONFIG_HOME/tickpipe`, else `~/.config/tickpipe`. Nothing is made. */
export function configDirectory(env: Env): string {
  return locate(env, 'XDG_CONFIG_HOME', '.config');
}

/** Where `tickpipe login` stores the token of a profile. @param profile a checked name, `readPlainName` */
export function tokenFileOf(env: Env, profile: string): string {
  return path.join(tokenFolder(env), `${profile}${TOKEN_ENDING}`);
}

/** The profiles that have a login; none where they cannot be read. */
export function listLogins(env: Env): readonly string[] {
  return findNames(tokenFolder(env), TOKEN_ENDING);
}

function tokenFolder(env: Env): string {
  return path.join(configDirectory(env), 'tokens');
}

/** Where files are that can be fetched again: `$XDG_CACHE_HOME/tickpipe`, else `~/.cache/tickpipe`. Nothing is made. */
export function cacheDirectory(env: Env): string {
  return locate(env, 'XDG_CACHE_HOME', '.cache');
}

/**
 * The XDG specification says to ignore relative paths. So is a relative or empty HOME: settings and logins would be those of the
 * directory where the program happens to run.
 */
function locate(env: Env, variable: string, fallback: string): string {
  const [base, home] = [env[variable], env['HOME']].map((given) =>
    given && path.isAbsolute(given) ? given : undefined,
  );
  return path.join(base ?? path.join(home ?? readAccountHome() ?? '/', fallback), 'tickpipe');
}
