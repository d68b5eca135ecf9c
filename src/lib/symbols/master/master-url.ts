import { readEndpointBase } from '../../network/endpoint-url.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where FYERS publishes the symbol master. */
export const DEFAULT_MASTER_URL = 'https://public.fyers.in/sym_details';

/** The folder of the symbol master that an environment names, without a slash at its end. Throws `BAD_CONFIGURATION`, `INSECURE_ENDPOINT`. */
export function readMasterUrl(env: Env): string {
  return readEndpointBase(env, 'TICKPIPE_MASTER_URL', DEFAULT_MASTER_URL);
}

/** Whether the symbol master is FYERS' own. Throws as `readMasterUrl`. */
export function isFyersMaster(env: Env): boolean {
  return readMasterUrl(env) === DEFAULT_MASTER_URL;
}
