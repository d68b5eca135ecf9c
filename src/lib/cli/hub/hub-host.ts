import path from 'node:path';
import { formatIstTime } from '../../clock/ist.ts';
import { RateLimit } from '../../data-api/rate-limit.ts';
import { createAppLimits } from '../../data-api/shared-call-limit.ts';
import { openFyersFeed } from '../../feed/fyers-feed.ts';
import { createSessionInstruments } from '../../feed/session-instruments.ts';
import { LazyHistory } from '../../history/lazy-history.ts';
import type { BackgroundLog } from '../../host/log-file.ts';
import { describeFailure, sendSpawnResult } from '../../host/spawn-result.ts';
import type { Hub } from '../../hub/core/hub.ts';
import type { HubOptions } from '../../hub/core/hub-options.ts';
import { SharedToken } from '../../hub/core/shared-token.ts';
import { type HubSpawnConfig, readHubSpawnConfig } from '../../hub/daemon/hub-spawn-config.ts';
import { runLockedHub } from '../../hub/daemon/locked-hub.ts';
import type { HubEvent } from '../../hub/protocol/messages.ts';
import { HubServer } from '../../hub/server/hub-server.ts';
import { fromWire } from '../../market/kinds.ts';
import type { Calendar } from '../../market/trading-hours.ts';
import { createOutgoing } from '../../network/route.ts';
import type { FeedFlags } from '../command/flag-groups.ts';
import { nameSocket } from '../feed/account.ts';
import { formatCount } from '../program/amounts.ts';
import type { CommandContext } from '../program/program.ts';
import { readCalendar } from '../settings/calendars.ts';

const WEB_FOLDER = 'src/web';

/** What a hub of this process is made of. */
export interface HostedHub {
  readonly config: HubSpawnConfig;
  /** The socket where the account's commands look for it. */
  readonly socketPath: string;
  readonly log: BackgroundLog;
  /** How long it stays without a client; undefined for ever. */
  readonly lingerMs: number | undefined;
  /** How its connection is kept. Which feed it has stands in `config`. */
  readonly flags?: FeedFlags;
  /** Called before clients can connect. An error of it ends the hub. */
  readonly prepare?: (server: HubServer) => Promise<void>;
}

/** Serves a hub of this process at its socket, on the feed of its configuration. The context's signal ends the start. Throws coded errors. */
export async function hostHub(hosted: HostedHub, context: CommandContext): Promise<HubServer> {
  const { config, socketPath, log, lingerMs, prepare } = hosted;
  const { program, signal, version } = context;
  const calendar = await readCalendar(program, signal);
  const server = await HubServer.open({
    ...openedBy(hosted, context, calendar),
    calendar,
    networkSettings: config.network?.fingerprint,
    clock: program.clock,
    version,
    lingerMs,
    webFolder: path.join(program.root, WEB_FOLDER),
    onBug: (error) => log.write(error instanceof Error ? (error.stack ?? error.message) : 'something failed'),
  });
  try {
    logHub(server.hub, (line) => log.write(line));
    await prepare?.(server);
    await server.listen({ path: socketPath }, { isTrusted: true, allowOrigins: [] });
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

function openedBy(
  { config, flags }: HostedHub,
  { program, version }: CommandContext,
  calendar: Calendar,
): Pick<HubOptions, 'openFeed' | 'token'> {
  const { identity, stallTimeoutMs, token: text, tokenFile, appId, network } = config;
  const { clock, env } = program;
  const common = { clock, random: Math.random, stallTimeoutMs, maxRetries: flags?.['max-retries'] };
  // Loaded here: the hub of an account needs neither.
  if (identity.kind === 'sim') {
    return {
      openFeed: async (listener) => {
        const { openSimulatedFeed } = await import('../../simulator/sim-feed.ts');
        return openSimulatedFeed(common, listener);
      },
    };
  }
  if (identity.kind === 'file') {
    return {
      openFeed: async (listener) => {
        const { openRecording } = await import('../../recording/playback/open-recording.ts');
        return openRecording(identity.path, flags ?? {}, clock, listener);
      },
    };
  }
  const token = new SharedToken({ text, tokenFile, appId, clock });
  const outgoing = createOutgoing({ ...env, ...network?.proxies }, version);
  const { dataUrl, simulated } = identity;
  const limitOf = createAppLimits(dataUrl, { env, clock, random: Math.random });
  const history = new LazyHistory(
    () => simulated,
    async () => {
      const { TokenHistory } = await import('../../feed/token-history.ts');
      const tokens = { read: () => token.current() };
      return new TokenHistory({ dataUrl, tokens, simulated, limitOf, clock, random: Math.random, outgoing, calendar });
    },
  );
  const live = {
    history,
    ...common,
    name: nameSocket(identity.socketUrl),
    endpoints: identity,
    tokens: token,
    outgoing,
    limit: new RateLimit(clock),
    limitOf,
    listed: createSessionInstruments(identity, env, clock),
    admissions: { wasLetIn: false },
    calendar,
  };
  return { token, openFeed: (listener) => openFyersFeed(live, listener) };
}

/** Logs the events of a hub. */
function logHub(hub: Hub, write: (line: string) => void): void {
  hub.observe({
    event: (event) => {
      const line = describe(event);
      if (line !== undefined) write(line);
    },
    sessionsChanged: () => write(formatCount(hub.sessionCount, 'client')),
  });
}

/** The line for an event; undefined for one that is not logged. */
function describe(event: HubEvent): string | undefined {
  switch (event.type) {
    case 'state': {
      const { state } = event;
      return 'detail' in state ? `${state.state}: ${state.reason} (${state.detail})` : state.state;
    }
    case 'gap': {
      const { from, to, reason, symbols } = event.gap;
      return `gap of ${to - from} ms from ${formatIstTime(from)}: ${reason}, ${formatCount(symbols.length, 'symbol')}`;
    }
    case 'warning':
      return `warning: ${event.event}: ${event.message}`;
    case 'failed':
      return `failed: ${event.error.code}: ${event.error.message}`;
    default:
      return undefined;
  }
}

/** Shorter than the command waits for the hub, so that the hub can report why it failed. A start takes a fraction of a second. */
const START_TIMEOUT_MS = 10_000;

/** Runs a hub by the configuration that the starting command sends on standard input, until the hub ends. Throws coded errors. */
export async function runSpawnedHub(context: CommandContext): Promise<void> {
  const { program, signal } = context;
  const { clock, env, stdin } = program;
  const config = await readHubSpawnConfig(stdin, clock, signal).catch((error) => {
    sendSpawnResult(describeFailure(error));
    throw error;
  });
  let server: HubServer | undefined;
  await runLockedHub({
    config,
    env,
    clock,
    signal,
    ready: (result) => {
      sendSpawnResult(result);
      // The feed connects while the command does.
      if (config.expected) server?.hub.expect(fromWire(config.expected));
    },
    startTimeoutMs: START_TIMEOUT_MS,
    serve: async (socketPath, _, log, starting) => {
      const hosted = { config, socketPath, log, lingerMs: config.lingerMs };
      server = await hostHub(hosted, { ...context, signal: starting });
      return server;
    },
  });
}
