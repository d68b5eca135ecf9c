import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { isLoopback } from '../../network/loopback.ts';

/** Throws `USAGE` for an address beyond this machine without a token to keep strangers out. */
export function checkBind(host: string, token: string | undefined): void {
  if (token !== undefined || isLoopback(host) || host === '::1') return;
  throw new TickpipeError('USAGE', `--host ${host} is not a loopback address, and there is no token to protect it`, {
    hint: 'give a bearer token with --hub-token-file or in TICKPIPE_HUB_TOKEN',
  });
}
