import type { Environment } from './program.ts';

const SECRET_VARIABLES: ReadonlySet<string> = new Set(['FYERS_ACCESS_TOKEN', 'FYERS_SECRET_KEY', 'TICKPIPE_HUB_TOKEN']);

/** The environment for a program of the user's, such as a browser or an editor: it gets to see no secret. */
export function withoutSecrets(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SECRET_VARIABLES.has(name)));
}
