import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { shortHash } from '../host/short-hash.ts';
import { findVariable, PROXY_VARIABLES } from './proxy.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Variables that decide whom Node trusts and how it finds hosts, besides the proxy's. A child process has to be given them. */
const TRUST_VARIABLES = [
  'SSL_CERT_DIR',
  'NODE_OPTIONS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_USE_SYSTEM_CA',
  'RES_OPTIONS',
  'LOCALDOMAIN',
] as const;
/** The same, for paths of files: they mean something else in another working directory. */
const TRUST_FILES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'OPENSSL_CONF', 'HOSTALIASES'] as const;

/** Options of Node that decide how it connects. Code that is loaded first may do so, too. */
const NODE_OPTION = /^(?:--(?:use-\S*ca|use-env-proxy|tls-|openssl-|dns-|network-|no-network-|require|import)|-r$)/;
const OPTIONS_WITH_VALUE = /^(?:--require|--import|-r|--dns-result-order|--openssl-config|--tls-cipher-list)$/;

/** What of a command's environment decides how FYERS is reached. */
export interface NetworkSettings {
  /** Equal for equal settings; says nothing of what they are. */
  readonly fingerprint: string;
  /** The proxy variables. They may hold a password: not for the environment of a child. */
  readonly proxies: Readonly<Record<string, string>>;
}

/** @param nodeOptions of the command line of Node itself */
export function readNetworkSettings(env: Env, nodeOptions: readonly string[]): NetworkSettings {
  const proxies: Record<string, string> = {};
  for (const name of PROXY_VARIABLES) if (env[name]) proxies[name] = env[name];
  const effective = ['https_proxy', 'http_proxy', 'all_proxy', 'no_proxy'].map(
    (name) => env[findVariable(env, [name]) ?? ''] ?? null,
  );
  const variables = TRUST_VARIABLES.filter((name) => name !== 'NODE_OPTIONS').map((name) => env[name] || null);
  const files = TRUST_FILES.map((name) => describeFile(env[name]));
  const options = selectOptions([...(env['NODE_OPTIONS'] ?? '').split(/\s+/), ...nodeOptions]);
  const text = JSON.stringify({ effective, variables, files, options });
  return { fingerprint: shortHash(text), proxies };
}

/** A file that was corrected under the same name is another setting. */
function describeFile(name: string | undefined): [string, string] | null {
  if (!name) return null;
  const file = path.resolve(name);
  try {
    return [file, createHash('sha256').update(readFileSync(file)).digest('hex')];
  } catch {
    return [file, 'unreadable'];
  }
}

/** Options that have nothing to do with connections make no difference. */
function selectOptions(words: readonly string[]): string[] {
  return words.filter((word, at) => NODE_OPTION.test(word) || OPTIONS_WITH_VALUE.test(words[at - 1] ?? ''));
}

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
