import path from 'node:path';
import type { FeedFactory } from '../../feed/feed.ts';
import { openFyersFeed } from '../../feed/fyers-feed.ts';
import type { BackgroundLog } from '../../host/log-file.ts';
import { TokenVault } from '../../hub/core/token-vault.ts';
import type { HubSpawnConfig } from '../../hub/daemon/hub-spawn-config.ts';
import { HubServer } from '../../hub/server/hub-server.ts';
import type { Calendar } from '../../market/trading-hours.ts';
import { openSimulatedFeed } from '../../simulator/sim-feed.ts';
import { RateLimit } from '../../symbols/rate-limit.ts';
import { nameSocket } from '../feed/live-account.ts';
import { openRecording } from '../feed/open-recording.ts';
import { createOutgoing } from '../feed/outgoing.ts';
import type { Program } from '../program/program.ts';
import { readCalendar } from '../settings/calendars.ts';
import { logHub } from './hub-log.ts';

const WEB_FOLDER = 'src/web';

export interface HostOptions {
  readonly config: HubSpawnConfig;
  /** The socket where the account's commands look for it. */
  readonly socketPath: string;
  readonly log: BackgroundLog;
  /** Ends what it waits for before it serves. */
  readonly signal: AbortSignal;
  readonly version: string;
  /** Undefined: it stays whether it has clients or not. */
  readonly lingerMs: number | undefined;
  /** Undefined for no end. */
  readonly maxRetries?: number | undefined;
  /** Of a recording: how many times as fast as it was recorded; 1 when it is not given. */
  readonly speed?: number | undefined;
  /** A recording begins again at its end. */
  readonly loop?: boolean | undefined;
  /** More to do before it is there for anybody; what it throws ends the hub. */
  readonly prepare?: (server: HubServer) => Promise<void>;
}

/** A hub of this process, on the feed that its configuration names, served at its socket. Throws coded errors. */
export async function hostHub(options: HostOptions, program: Program): Promise<HubServer> {
  const { socketPath, log, version, lingerMs, prepare } = options;
  const server = await HubServer.open({
    ...openedBy(options, program, await readCalendar(program.env, options.signal)),
    networkSettings: options.config.network?.fingerprint,
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
  { config, maxRetries, speed, loop }: HostOptions,
  { clock, env, root }: Program,
  calendar: Calendar,
): { openFeed: FeedFactory; vault: TokenVault | undefined } {
  const { identity, stallTimeoutMs, token, tokenFile, appId, network } = config;
  const common = { clock, random: Math.random, stallTimeoutMs, maxRetries };
  if (identity.kind === 'sim') return { vault: undefined, openFeed: (listener) => openSimulatedFeed(common, listener) };
  if (identity.kind === 'file') {
    const settings = { path: identity.path, speed, loop };
    return { vault: undefined, openFeed: (listener) => openRecording(settings, clock, listener) };
  }
  const vault = new TokenVault({ text: token, tokenFile, appId, clock });
  const live = {
    ...common,
    name: nameSocket(identity.socketUrl),
    endpoints: identity,
    tokens: vault,
    outgoing: createOutgoing({ ...env, ...network?.proxies }, root),
    limit: new RateLimit(clock),
    admissions: { wasLetIn: false },
    calendar,
  };
  return { vault, openFeed: (listener) => openFyersFeed(live, listener) };
}
