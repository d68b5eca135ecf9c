import path from 'node:path';

/** Variables that decide whom Node trusts and how it finds hosts, besides the proxy's. A child process has to be given them. */
export const TRUST_VARIABLES = [
  'SSL_CERT_DIR',
  'NODE_OPTIONS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_USE_SYSTEM_CA',
  'RES_OPTIONS',
  'LOCALDOMAIN',
] as const;
/** The same, for paths of files: they mean something else in another working directory. */
export const TRUST_FILES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'OPENSSL_CONF', 'HOSTALIASES'] as const;

/** What a program in the background needs of the environment. Never a secret: other programs of this user can read it. */
const HANDED_DOWN = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'XDG_STATE_HOME',
  'XDG_CONFIG_HOME',
  'XDG_CACHE_HOME',
  'TICKPIPE_MASTER_URL',
  'NODE_DISABLE_COMPILE_CACHE',
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
