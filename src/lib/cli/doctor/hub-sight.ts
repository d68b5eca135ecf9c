import type { AccessToken } from '../../auth/access-token.ts';
import { Overdue, within } from '../../clock/abort.ts';
import { TickpipeError, tryCoded } from '../../errors/tickpipe-error.ts';
import { readEndpoints } from '../../feed/endpoints.ts';
import { type FeedIdentity, feedKey } from '../../feed/feed-identity.ts';
import { type LockHolder, peekLockHolders } from '../../host/process-lock.ts';
import { peekHubs } from '../../hub/daemon/hub-location.ts';
import type { HubTarget } from '../../hub/daemon/hub-target.ts';
import { requestHub } from '../../hub/daemon/request-hub.ts';
import { HubUnreachable } from '../../hub/protocol/hub-errors.ts';
import type { HubStatus } from '../../hub/server/hub-status.ts';
import { createRoutes } from '../../network/route.ts';
import { isJsonObject } from '../../text/json-object.ts';
import type { HubFlags } from '../command/flag-groups.ts';
import { identifyFeed, identifyLocalFeed } from '../feed/account.ts';
import { describeSilentHub } from '../feed/end-hub.ts';
import { readHubToken } from '../feed/hub-token.ts';
import { askHub } from '../hub/hub-control.ts';
import type { CommandContext } from '../program/program.ts';

/** A hub that runs answers in milliseconds. */
const ANSWER_MS = 5_000;

/** A hub that answers. */
export interface RunningHub {
  readonly kind: 'running';
  readonly target: HubTarget;
  /** The bearer token of a hub that wants one. */
  readonly bearer: string | undefined;
  readonly status: HubStatus;
  /** Of its program; undefined when it does not say. */
  readonly version: string | undefined;
}

/** What holds the connection of a feed. `held`: a command with a connection of its own, or one that starts a hub. */
export type HubSight =
  | { readonly kind: 'none' }
  | RunningHub
  | { readonly kind: 'silent'; readonly error: TickpipeError }
  | { readonly kind: 'held'; readonly holder: LockHolder }
  /** Of several accounts: without a token it is not known which is meant. */
  | { readonly kind: 'several'; readonly count: number };

/** What the search needs to know. */
export interface HubSearch {
  readonly flags: HubFlags;
  readonly context: CommandContext;
  readonly readToken: () => Promise<AccessToken>;
}

/** Looks for the hub that the flags mean. Starts, makes and changes nothing. Throws coded errors. */
export async function lookForHub(search: HubSearch): Promise<HubSight> {
  const { flags, context } = search;
  const { feed } = flags;
  const { env } = context.program;
  if (feed instanceof URL) {
    const target = { url: feed.href, findRoute: createRoutes(env) };
    const found = await ask(target, await readHubToken(flags, context), context);
    if (found) return found;
    throw new HubUnreachable(`no hub answers at ${feed.host}`, {
      hint: 'is tickpipe serve running there, at this port?',
    });
  }
  const identity = feed === 'fyers' ? await identifyAccount(search) : identifyLocalFeed(feed);
  const key = identity && feedKey(identity);
  const isMeant = (one: { readonly key: string }): boolean => key === undefined || one.key === key;
  // First, because it throws for a folder that cannot be read.
  const places = peekHubs(env).filter(isMeant);
  const holders = (await peekLockHolders(env)).filter(isMeant);
  const hub = holders.find(({ role }) => role === 'hub');
  const found: RunningHub[] = [];
  for (const { socketPath } of places) {
    try {
      const running = await ask({ socketPath }, undefined, context);
      if (running) found.push(running);
    } catch (error) {
      if (!(error instanceof HubUnreachable)) throw error;
      return { kind: 'silent', error: hub ? describeSilentHub(hub) : error };
    }
  }
  if (found.length > 1) return { kind: 'several', count: found.length };
  if (found[0]) return found[0];
  if (hub) return { kind: 'silent', error: describeSilentHub(hub) };
  return holders[0] ? { kind: 'held', holder: holders[0] } : { kind: 'none' };
}

/** An expired token is enough: it names the user. Undefined without one that can be read. */
async function identifyAccount({ context, readToken }: HubSearch): Promise<FeedIdentity | undefined> {
  const endpoints = readEndpoints(context.program.env);
  const token = await tryCoded(readToken);
  return token instanceof TickpipeError ? undefined : identifyFeed(endpoints, token);
}

/** Undefined where no process listens. Throws `HubUnreachable` when one does and does not answer, or the hub's refusal. */
async function ask(
  target: HubTarget,
  bearer: string | undefined,
  context: CommandContext,
): Promise<RunningHub | undefined> {
  const { program, signal } = context;
  try {
    return await within(ANSWER_MS, program.clock, signal, async (limited): Promise<RunningHub | undefined> => {
      const status = await askHub(target, bearer, limited);
      if (status === undefined) return undefined;
      return { kind: 'running', target, bearer, status, version: await askVersion(target, bearer, limited) };
    });
  } catch (error) {
    if (!(error instanceof Overdue)) throw error;
    throw new HubUnreachable(`the hub does not answer within ${ANSWER_MS / 1_000} s`);
  }
}

async function askVersion(
  target: HubTarget,
  token: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { body } = await requestHub(target, { method: 'GET', path: '/healthz', token }, signal);
  const version = isJsonObject(body) ? body['version'] : undefined;
  return typeof version === 'string' ? version : undefined;
}
