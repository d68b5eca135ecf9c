import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { FeedListener } from '../../feed/feed.ts';
import type { BarHistory } from '../../history/bar-history.ts';
import { LazyHistory } from '../../history/lazy-history.ts';
import { HubFeed } from '../../hub/client/hub-feed.ts';
import { attachHub } from '../../hub/daemon/attach-hub.ts';
import { findHubLocation, type HubLocation } from '../../hub/daemon/hub-location.ts';
import type { HubSpawnConfig } from '../../hub/daemon/hub-spawn-config.ts';
import type { HubTarget } from '../../hub/daemon/hub-target.ts';
import type { PausedWebSocket } from '../../hub/daemon/paused-web-socket.ts';
import { HubUnreachable } from '../../hub/protocol/hub-errors.ts';
import type { MessageOf } from '../../hub/protocol/messages.ts';
import { isLoopback } from '../../network/loopback.ts';
import { createRoutes } from '../../network/route.ts';
import type { FeedFlags } from '../command/flag-groups.ts';
import type { CommandContext } from '../program/program.ts';
import { createTokenEndReport } from './account.ts';
import { hubCommandOf, reachAccountHub } from './account-hub.ts';
import type { FeedUse } from './feed-use.ts';
import { readHubToken } from './hub-token.ts';

/** The account's shared session, started in the background when there is none. Throws coded errors. */
export async function openSharedFeed(
  flags: FeedFlags,
  use: FeedUse,
  context: CommandContext,
  listener: FeedListener,
): Promise<HubFeed> {
  return HubFeed.open(
    {
      ...(await reachAccountHub(flags, queryOf(use), use.subscriptions ?? [], context, listener)),
      ...clientOptions(flags, use, context),
      nameOf: nameShared,
    },
    listener,
  );
}

/**
 * The simulated hub at this socket. When it ends, another one is started. Undefined when no hub answers: a killed hub leaves its
 * socket behind. Throws coded errors.
 */
export async function joinSimulatedHub(
  location: HubLocation,
  flags: FeedFlags,
  use: FeedUse,
  context: CommandContext,
  listener: FeedListener,
): Promise<HubFeed | undefined> {
  const { reporter, signal } = context;
  const config = { identity: { kind: 'sim' as const }, stallTimeoutMs: flags['stall-timeout'], lingerMs: flags.linger };
  const findHistory = historyOf(() => findHubLocation({ kind: 'sim' }, context.program.env));
  let isJoined = false;
  const connectFirst = async (connecting: AbortSignal) => {
    if (isJoined) return undefined;
    const { connectHub } = await import('../../hub/daemon/connect-hub.ts');
    const socket = await connectHub(location, {
      query: queryOf(use),
      signal: AbortSignal.any([connecting, signal]),
    });
    isJoined = true;
    return socket;
  };
  try {
    return await openLocalHub(config, flags, use, context, listener, connectFirst, findHistory);
  } catch (error) {
    if (!(error instanceof TickpipeError) || error.code !== 'HUB_UNAVAILABLE') throw error;
    const isAbsent = error instanceof HubUnreachable && error.isAbsent;
    if (!isAbsent) reporter.warn(`the simulated hub is not used: ${error.message}`, { event: 'hub' });
    return undefined;
  }
}

/**
 * The hub of a simulated or recorded feed, started in the background when there is none. Throws coded errors.
 * @param connectFirst another way to connect, used as long as it resolves to a socket
 */
export async function openLocalHub(
  config: HubSpawnConfig,
  flags: FeedFlags,
  use: FeedUse,
  context: CommandContext,
  listener: FeedListener,
  connectFirst: (connecting: AbortSignal) => Promise<PausedWebSocket | undefined> = async () => undefined,
  createHistory?: (isSimulated: () => boolean) => BarHistory,
): Promise<HubFeed> {
  const { program, signal } = context;
  const { clock, env } = program;
  const attach = (connecting: AbortSignal) =>
    attachHub({
      config,
      query: queryOf(use),
      command: hubCommandOf(program),
      env,
      clock,
      signal: AbortSignal.any([connecting, signal]),
    });
  return HubFeed.open(
    {
      ...clientOptions(flags, use, context),
      nameOf: nameShared,
      createHistory,
      connect: async (connecting) => (await connectFirst(connecting)) ?? attach(connecting),
    },
    listener,
  );
}

/** A hub by its address. Throws coded errors. */
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
    reporter.warn('the connection to this hub has no TLS: others on the network can read it', { event: 'insecure' });
  }
  const reportEnd = createTokenEndReport(context);
  const target = { url: address.href, findRoute: createRoutes(program.env) };
  return HubFeed.open(
    {
      ...clientOptions(flags, use, context),
      createHistory: historyOf(() => target, token),
      greet: async ({ expiresAt }) => {
        reportEnd(expiresAt);
        return false;
      },
      nameOf: ({ feed }) => `the hub at ${address.host} (${feed})`,
      connect: async (connecting) => {
        const { connectHub } = await import('../../hub/daemon/connect-hub.ts');
        return connectHub(target, { query: queryOf(use), token, signal: AbortSignal.any([connecting, signal]) });
      },
    },
    listener,
  );
}

/** The history of a hub's feed. What asks for it is loaded when bars are first wanted. @param findTarget where the hub is by then */
const historyOf =
  (findTarget: () => HubTarget | undefined, token?: string | undefined) =>
  (isSimulated: () => boolean): BarHistory =>
    new LazyHistory(isSimulated, async () => {
      const { HubHistory } = await import('../../hub/daemon/hub-history.ts');
      return new HubHistory({ isSimulated, findTarget, token });
    });

/** The options of every client of a hub. */
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
  const query = new URLSearchParams({ command, pid: String(process.pid) });
  if (kinds.length > 0) query.set('kinds', kinds.join(','));
  if (endsWithSession) query.set('ends', '1');
  return query;
}
