import type { AccessToken } from '../../auth/access-token.ts';
import { TimeLimit } from '../../clock/abort.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { readEndpoints } from '../../feed/endpoints.ts';
import { findHubLocation } from '../../hub/daemon/hub-location.ts';
import { requestHub } from '../../hub/daemon/request-hub.ts';
import { HubUnreachable } from '../../hub/protocol/hub-errors.ts';
import { identifyFeed } from '../feed/account.ts';
import type { CommandContext } from '../program/program.ts';

/** A hub that is there answers at once; one that is stopped must not hold a login. */
const HUB_TIMEOUT_MS = 2_000;

/** What a running hub is asked to do with a token. */
const PATHS = { offer: '/api/hub/token', end: '/api/hub/logout' } as const;

/**
 * Gives a new token to the hub of the account, or reports that one has ended. That no hub runs, or that it does not answer, is no
 * error: a hub reads a stored login by itself. Resolves to the hub's answer, undefined without one. Throws the signal's reason.
 */
export async function askAccountHub(
  what: keyof typeof PATHS,
  token: AccessToken,
  { program, reporter, signal }: CommandContext,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { env, clock } = program;
  const target = findHubLocation(identifyFeed(readEndpoints(env), token), env);
  if (target === undefined) return undefined;
  const limit = new TimeLimit(clock, HUB_TIMEOUT_MS, signal, new HubUnreachable('the shared session does not answer'));
  try {
    const body = { token: `${token.appId}:${token.jwt}` };
    const answer = await requestHub(target, { method: 'POST', path: PATHS[what], body }, limit.signal);
    return answer.status === 200 && typeof answer.body === 'object' ? { ...answer.body } : undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof TickpipeError)) throw error;
    const isAbsent = error instanceof HubUnreachable && error.isAbsent;
    if (!isAbsent) reporter.warn(`the shared session was not informed: ${error.message}`, { event: 'hub' });
    return undefined;
  } finally {
    limit.end();
  }
}
