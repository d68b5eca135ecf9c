import type { AccessToken } from '../../auth/access-token.ts';
import type { Clock } from '../../clock/clock.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { FeedListener } from '../../feed/feed.ts';
import type { FeedIdentity } from '../../feed/feed-identity.ts';
import { findLockHolder } from '../../host/process-lock.ts';
import { HubFeed } from '../../hub/client/hub-feed.ts';
import type { HubLinkOptions } from '../../hub/client/reconnecting-hub-connection.ts';
import { attachHub } from '../../hub/daemon/attach-hub.ts';
import { connectHub } from '../../hub/daemon/connect-hub.ts';
import { type HubLocation, locateHub } from '../../hub/daemon/hub-location.ts';
import type { HubSpawnConfig } from '../../hub/daemon/hub-spawn-config.ts';
import type { HubTarget } from '../../hub/daemon/hub-target.ts';
import { requestHub } from '../../hub/daemon/request-hub.ts';
import { HubUnreachable } from '../../hub/protocol/hub-errors.ts';
import type { MessageOf } from '../../hub/protocol/messages.ts';
import { isLoopback } from '../../network/loopback.ts';
import { createRoutes } from '../../network/route.ts';
import { readNetworkSettings } from '../../network/settings.ts';
import type { FeedFlags } from '../command/flag-groups.ts';
import type { CommandContext, Program } from '../program/program.ts';
import type { Reporter } from '../program/stderr.ts';
import { describeSilentHub } from './end-hub.ts';
import type { FeedUse } from './feed-use.ts';
import { readHubToken } from './hub-token.ts';
import { identifyFeed, openAccount } from './live-account.ts';
import { warnOfTokenEnd } from './token-end.ts';

/** A hub that runs and answers nobody is reported after this time. */
const SILENT_HUB_MS = 5_000;

/** The account's shared session, started in the background when there is none. Throws coded errors. */
export async function openSharedFeed(
  flags: FeedFlags,
  use: FeedUse,
  context: CommandContext,
  listener: FeedListener,
): Promise<HubFeed> {
  return HubFeed.open(
    {
      ...(await reachAccountHub(flags, queryOf(use), context, listener)),
      ...clientOptions(flags, use, context),
      nameOf: nameShared,
    },
    listener,
  );
}

/**
 * How the hub of the account is reached, and started where there is none: with the token as it stands at each connection, which
 * the hub is given where it is later than its own. Throws coded errors: a token that is of no use is told before anything starts.
 * @param listener is warned of a hub that runs and does not answer
 */
export async function reachAccountHub(
  flags: FeedFlags,
  query: URLSearchParams,
  context: CommandContext,
  listener: FeedListener,
): Promise<Pick<HubLinkOptions, 'connect' | 'greet'>> {
  const { program, reporter, signal } = context;
  const { env, clock } = program;
  const account = openAccount(flags, context);
  let token = await account.readToken();
  for (const warning of account.tokens.warnings()) reporter.warn(warning, { event: 'token' });
  const reportEnd = createEndReport(clock, reporter);
  const identity = identifyFeed(account.endpoints, token);
  const location = locateHub(identity, env);
  const network = networkOf(program);
  // A hub with other settings that never reached the feed is replaced once: two commands must not replace each other's hub for ever.
  let replaces = true;
  let isTold = false;
  return {
    connect: async (connecting) => {
      token = await account.readToken();
      if (token.userId !== identity.userId) {
        throw new TickpipeError('TOKEN_CHANGED_KIND', 'the token is of another user now');
      }
      const greeting = new URLSearchParams(query);
      greeting.set('settings', network.fingerprint);
      if (replaces) greeting.set('replace', '');
      const silence = clock.after(SILENT_HUB_MS, () => void warnOfSilentHub(location, env, listener));
      try {
        const socket = await attachHub({
          config: { ...makeSpawnConfig(identity, token, account.tokens.lastingFile(), flags), network },
          query: greeting,
          command: [...program.command, 'internal', 'hub'],
          env,
          clock,
          signal: AbortSignal.any([connecting, signal]),
        });
        replaces = false;
        return socket;
      } finally {
        silence.cancel();
      }
    },
    greet: async (hello) => {
      if (hello.hasOtherSettings && !isTold) {
        const what = `the shared session of hub pid ${hello.pid} was started with other network settings (proxy or certificates)`;
        reporter.warn(`${what}; tickpipe stop ends it`, { event: 'settings', pid: hello.pid });
      }
      isTold = true;
      const isAdopted = await offerToken(hello, token, location, signal);
      reportEnd(isAdopted ? token.expiresAtMs : hello.expiresAt);
      return isAdopted;
    },
  };
}

/** Names the hub that holds the lock of this place: a user who waits for it must not suspect the network. */
async function warnOfSilentHub({ key }: HubLocation, env: Program['env'], listener: FeedListener): Promise<void> {
  const holder = await findLockHolder(key, env);
  if (holder?.role !== 'hub') return;
  const error = describeSilentHub(holder);
  listener.event({ type: 'warning', event: 'hub', message: `${error.message}; ${error.hint}`, error });
}

/**
 * The simulated hub at this place; another takes its place when it ends, as for the live one. Undefined where none answers: a
 * hub that was killed leaves its socket behind. Throws coded errors.
 */
export async function joinSimulatedHub(
  location: HubLocation,
  flags: FeedFlags,
  use: FeedUse,
  context: CommandContext,
  listener: FeedListener,
): Promise<HubFeed | undefined> {
  const { program, reporter, signal } = context;
  const { clock, env } = program;
  const query = queryOf(use);
  const command = [...program.command, 'internal', 'hub'];
  const config: HubSpawnConfig = {
    identity: { kind: 'sim' },
    stallTimeoutMs: flags['stall-timeout'],
    lingerMs: flags.linger,
  };
  let isJoined = false;
  try {
    return await HubFeed.open(
      {
        ...clientOptions(flags, use, context),
        nameOf: nameShared,
        connect: async (connecting) => {
          const either = AbortSignal.any([connecting, signal]);
          if (isJoined) return attachHub({ config, query, command, env, clock, signal: either });
          const socket = await connectHub(location, { query, signal: either });
          isJoined = true;
          return socket;
        },
      },
      listener,
    );
  } catch (error) {
    if (!(error instanceof TickpipeError) || error.code !== 'HUB_UNAVAILABLE') throw error;
    const isAbsent = error instanceof HubUnreachable && error.isAbsent;
    if (!isAbsent) reporter.warn(`the simulated hub is not used: ${error.message}`, { event: 'hub' });
    return undefined;
  }
}

/** Somebody's hub, by its address. Throws coded errors. */
export async function openHubElsewhere(
  address: URL,
  flags: FeedFlags,
  use: FeedUse,
  context: CommandContext,
  listener: FeedListener,
): Promise<HubFeed> {
  const { program, reporter, signal } = context;
  const token = await readHubToken(flags, context);
  if (address.protocol === 'ws:' && !isLoopback(address.hostname)) {
    reporter.warn('this hub is reached without TLS: others on the way can read along', { event: 'insecure' });
  }
  const reportEnd = createEndReport(program.clock, reporter);
  return HubFeed.open(
    {
      ...clientOptions(flags, use, context),
      greet: async ({ expiresAt }) => {
        reportEnd(expiresAt);
        return false;
      },
      nameOf: ({ feed }) => `the hub at ${address.host} (${feed})`,
      connect: (connecting) =>
        connectHub(
          { url: address.href, findRoute: createRoutes(program.env) },
          { query: queryOf(use), token, signal: AbortSignal.any([connecting, signal]) },
        ),
    },
    listener,
  );
}

/**
 * Warns once of each token of the hub that ends within a quarter of an hour. The hub itself warns only the clients that are
 * connected when the quarter of an hour begins.
 */
function createEndReport(clock: Clock, reporter: Reporter): (expiresAtMs: number | null) => void {
  let warnedOf: number | null = null;
  return (expiresAtMs) => {
    if (expiresAtMs !== warnedOf && warnOfTokenEnd(expiresAtMs, clock, reporter)) warnedOf = expiresAtMs;
  };
}

/** What every client of a hub has in common, wherever the hub is. */
const clientOptions = (flags: FeedFlags, use: FeedUse, { program, signal }: CommandContext) => ({
  clock: program.clock,
  random: Math.random,
  maxRetries: flags['max-retries'],
  waitsForToken: use.waitsForToken,
  reopens: use.reopens,
  signal,
});

const nameShared = ({ feed, pid }: MessageOf<'hello'>): string => `${feed}, shared by hub pid ${pid}`;

function queryOf({ command, kinds, endsWithSession = false }: FeedUse): URLSearchParams {
  const query = new URLSearchParams({ command, pid: String(process.pid), kinds: kinds.join(',') });
  if (endsWithSession) query.set('ends', '1');
  return query;
}

/** How this command would reach FYERS: by its environment, and by the options that Node was started with. */
export function networkOf({ env, command }: Program): HubSpawnConfig['network'] & object {
  const { fingerprint, proxies } = readNetworkSettings(env, command.slice(1, -1));
  return { fingerprint, proxies: { ...proxies } };
}

/**
 * The settings that a hub is started with.
 * @param tokenFile the absolute path of a file that the hub can read again
 */
export function makeSpawnConfig(
  identity: FeedIdentity,
  token: AccessToken,
  tokenFile: string | undefined,
  flags: FeedFlags,
): HubSpawnConfig {
  return {
    identity,
    token: `${token.appId}:${token.jwt}`,
    ...(tokenFile !== undefined && { tokenFile }),
    appId: token.appId,
    stallTimeoutMs: flags['stall-timeout'],
    lingerMs: flags.linger,
  };
}

/** Hands over a token that lasts longer than the hub's, or one for which it waits. Resolves to whether the hub took it. */
async function offerToken(
  { expiresAt, state }: MessageOf<'hello'>,
  token: AccessToken,
  target: HubTarget,
  signal: AbortSignal,
): Promise<boolean> {
  const isLater = expiresAt === null || token.expiresAtMs > expiresAt;
  if (!isLater && state.state !== 'waiting_for_token') return false;
  const body = { token: `${token.appId}:${token.jwt}` };
  try {
    const answer = await requestHub(target, { method: 'POST', path: '/api/hub/token', body }, signal);
    const { ANSWERS } = await import('../../hub/protocol/answers.ts');
    return answer.status === 200 && ANSWERS.token.safeParse(answer.body).data?.offer === 'adopted';
  } catch (error) {
    if (error instanceof TickpipeError) return false;
    throw error;
  }
}
