import { once } from 'node:events';
import { EXIT } from '../../errors/catalogue.ts';
import type { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { FeedListener } from '../../feed/feed.ts';
import { findFeedHolder } from '../../feed/feed-identity.ts';
import type { ListenOptions } from '../../hub/client/hub-feed.ts';
import type { HubSpawnConfig } from '../../hub/daemon/hub-spawn-config.ts';
import { runLockedHub, type ServeHub } from '../../hub/daemon/locked-hub.ts';
import { HubUnreachable } from '../../hub/protocol/hub-errors.ts';
import { asFeedEvent } from '../../hub/protocol/messages.ts';
import type { HubServer } from '../../hub/server/hub-server.ts';
import type { FeedFlags } from '../command/flag-groups.ts';
import { identifyFeed, identifyLocalFeed, openAccount, warnOfTokenEnd } from '../feed/account.ts';
import { makeSpawnConfig, networkOf } from '../feed/account-hub.ts';
import { FeedMessages } from '../feed/feed-messages.ts';
import type { FeedUse } from '../feed/feed-use.ts';
import { openLocalHub, openSharedFeed } from '../feed/hub-feeds.ts';
import type { ServedFeed } from '../program/flag-values.ts';
import type { CommandContext } from '../program/program.ts';
import type { Reporter } from '../program/reporter.ts';
import { hostHub } from './hub-host.ts';

/** The flags of `serve` that say which feed. */
export interface ServeFlags extends FeedFlags {
  readonly feed: ServedFeed;
}

/** Serves the account's session until the signal: as its hub, or, where one runs already, through that one. Throws coded errors. */
export async function serveHub(flags: ServeFlags, address: ListenOptions, context: CommandContext): Promise<void> {
  const { env } = context.program;
  const config = await configureHub(flags, context);
  while (!context.signal.aborted) {
    const holder = await findFeedHolder(config.identity, env);
    if (holder !== undefined && holder.role !== 'command') {
      await attach(flags, address, config, context);
      return;
    }
    try {
      await host(flags, address, config, context);
      return;
    } catch (error) {
      // Another process became the hub first.
      if (!(error instanceof HubUnreachable)) throw error;
    }
  }
}

async function configureHub(flags: ServeFlags, context: CommandContext): Promise<HubSpawnConfig> {
  const { program, reporter } = context;
  const { feed } = flags;
  if (feed !== 'fyers') {
    return { identity: identifyLocalFeed(feed), stallTimeoutMs: flags['stall-timeout'], lingerMs: flags.linger };
  }
  const { endpoints, tokens, readToken } = openAccount(flags, context);
  const token = await readToken();
  for (const warning of tokens.warnings()) reporter.warn(warning, { event: 'token' });
  const identity = identifyFeed(endpoints, token);
  return makeSpawnConfig(identity, token, tokens.lastingFile(), flags, networkOf(program));
}

/** The hub is this process. */
async function host(
  flags: FeedFlags,
  address: ListenOptions,
  config: HubSpawnConfig,
  context: CommandContext,
): Promise<void> {
  const { program, signal } = context;
  const { env, clock } = program;
  const serve: ServeHub = async (socketPath, _, log, starting) => {
    const { host: name, port, allowOrigins, token } = address;
    let failed: Promise<never> | undefined;
    const server = await hostHub(
      {
        config,
        socketPath,
        log,
        lingerMs: undefined,
        flags,
        prepare: async (prepared) => {
          failed = watch(prepared, context);
          const { url } = await prepared.listen({ host: name, port }, { isTrusted: false, allowOrigins, token });
          reportAddress(url, context.reporter);
        },
      },
      { ...context, signal: starting },
    );
    const done = server.done.then((why) => {
      if (why === 'stopped') reportStopped(context.reporter);
      return why;
    });
    return { done: Promise.race([done, ...(failed ? [failed] : [])]), close: () => server.close() };
  };
  await runLockedHub({ config, env, clock, signal, ready: () => {}, serve });
}

/** Reports the events of the hub. Rejects when its feed fails, unless the reason is the token. */
function watch({ hub }: HubServer, context: CommandContext): Promise<never> {
  const { program, reporter } = context;
  const messages = new FeedMessages(reporter, program.clock);
  messages.opened(hub.feedName, hub.simulated);
  warnOfTokenEnd(hub.tokenExpiresAtMs, context);
  const failed = new Promise<never>((_, reject) => {
    hub.observe({
      event: (event) => {
        if (event.type === 'finished') reportFinished(reporter);
        else if (event.type === 'failed' && event.error.exit !== EXIT.token) reject(event.error);
        // Only the commands that want the silent symbols report them.
        else if (event.type !== 'silent') messages.event(asFeedEvent(event));
      },
    });
  });
  failed.catch(() => {});
  return failed;
}

/** The hub is another process. It serves this address as well, as long as this command runs. */
async function attach(
  flags: FeedFlags,
  address: ListenOptions,
  config: HubSpawnConfig,
  context: CommandContext,
): Promise<void> {
  const { program, reporter, signal } = context;
  const messages = new FeedMessages(reporter, program.clock);
  const ended = new AbortController();
  let failure: TickpipeError | undefined;
  const listener: FeedListener = {
    tick: () => {},
    event: (event) => {
      // This command has no symbols of its own.
      if (event.type !== 'silent' && event.type !== 'changed') messages.event(event);
      if (event.type === 'finished') reportFinished(reporter);
      if (event.type === 'stopping') reportStopped(reporter);
      if (event.type === 'failed') failure = event.error;
      if (event.type === 'stopping' || event.type === 'failed') ended.abort();
    },
  };
  const use: FeedUse = { command: 'serve', kinds: [], endsWithSession: true, waitsForToken: true };
  const feed =
    flags.feed === 'fyers'
      ? await openSharedFeed(flags, use, context, listener)
      : await openLocalHub(config, flags, use, context, listener);
  try {
    messages.opened(feed.name, feed.simulated);
    reportAddress(await feed.listen(address), reporter);
    const end = AbortSignal.any([signal, ended.signal]);
    if (!end.aborted) await once(end, 'abort');
    if (failure) throw failure;
  } finally {
    await feed.close();
  }
}

function reportAddress(url: string, reporter: Reporter): void {
  const feed = url.replace(/^http/, 'ws');
  reporter.notice(`serving at ${url} (--feed ${feed})`, { event: 'serving', url, feed });
}

function reportFinished(reporter: Reporter): void {
  reporter.info('the recording has ended; the hub still serves its last values', { event: 'finished' });
}

function reportStopped(reporter: Reporter): void {
  reporter.notice('the shared session was stopped', { event: 'stopped' });
}
