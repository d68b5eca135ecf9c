import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { TRUST_FILES, TRUST_VARIABLES } from '../host/child-environment.ts';
import { shortHash } from '../host/short-hash.ts';
import { findVariable, PROXY_VARIABLES } from './proxy.ts';

type Env = Readonly<Record<string, string | undefined>>;

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
