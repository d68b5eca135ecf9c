import type { AccessToken } from '../../auth/access-token.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { FeedListener } from '../../feed/feed.ts';
import type { FeedIdentity } from '../../feed/feed-identity.ts';
import { findLockHolder } from '../../host/process-lock.ts';
import type { HubFeedOptions } from '../../hub/client/hub-feed.ts';
import { attachHub } from '../../hub/daemon/attach-hub.ts';
import { type HubLocation, locateHub } from '../../hub/daemon/hub-location.ts';
import { type HubSpawnConfig, MAX_EXPECTED } from '../../hub/daemon/hub-spawn-config.ts';
import type { HubTarget } from '../../hub/daemon/hub-target.ts';
import type { MessageOf } from '../../hub/protocol/messages.ts';
import { type Subscription, toWire } from '../../market/kinds.ts';
import { readNetworkSettings } from '../../network/settings.ts';
import type { FeedFlags } from '../command/flag-groups.ts';
import { backgroundCommandOf } from '../program/background-command.ts';
import type { CommandContext, Program } from '../program/program.ts';
import { createTokenEndReport, identifyFeed, openAccount, watchTokenOf } from './account.ts';
import { describeSilentHub } from './end-hub.ts';

/** A running hub that does not answer is reported after this time. */
const SILENT_HUB_MS = 5_000;

type HubNetwork = HubSpawnConfig['network'] & object;

/** The command that starts a hub in the background. */
export function hubCommandOf(program: Program): readonly string[] {
  return backgroundCommandOf(program, 'hub');
}

/**
 * How to connect to the hub of the account, which is started when there is none. Each connection reads the token again, and gives it
 * to the hub when it lasts longer than the hub's token. Throws coded errors: a token that cannot be used is reported before anything starts.
 * @param expected what the command subscribes first
 * @param listener gets a warning about a running hub that does not answer
 */
export async function reachAccountHub(
  flags: FeedFlags,
  query: URLSearchParams,
  expected: readonly Subscription[],
  context: CommandContext,
  listener: FeedListener,
): Promise<Pick<HubFeedOptions, 'connect' | 'greet' | 'watchToken'>> {
  const { program, reporter, signal } = context;
  const { env, clock } = program;
  const account = openAccount(flags, context);
  let token = await account.readToken();
  for (const warning of account.tokens.warnings()) reporter.warn(warning, { event: 'token' });
  const reportEnd = createTokenEndReport(context);
  const identity = identifyFeed(account.endpoints, token);
  const location = locateHub(identity, env);
  const network = networkOf(program);
  // A hub with other network settings that never reached its feed is replaced once only. Else two commands could replace each other's hub for ever.
  let replaces = true;
  let isReported = false;
  // Only the first connection names the symbols: later the command may want others.
  let isFirst = true;
  return {
    watchToken: watchTokenOf(account.tokens, clock),
    connect: async (connecting) => {
      token = await account.readToken();
      if (token.userId !== identity.userId) {
        throw new TickpipeError('TOKEN_CHANGED_KIND', 'the token belongs to another user now');
      }
      const greeting = new URLSearchParams(query);
      greeting.set('settings', network.fingerprint);
      if (replaces) greeting.set('replace', '');
      const silence = clock.after(SILENT_HUB_MS, () => void warnOfSilentHub(location, env, listener));
      try {
        const socket = await attachHub({
          config: {
            ...makeSpawnConfig(identity, token, account.tokens.lastingFile(), flags, network),
            ...(isFirst && expected.length <= MAX_EXPECTED && { expected: toWire(expected) }),
          },
          query: greeting,
          command: hubCommandOf(program),
          early: program.earlyHub,
          env,
          clock,
          signal: AbortSignal.any([connecting, signal]),
        });
        replaces = false;
        isFirst = false;
        return socket;
      } finally {
        silence.cancel();
      }
    },
    greet: async (hello) => {
      if (hello.hasOtherSettings && !isReported) {
        const what = `the shared session of hub pid ${hello.pid} was started with other network settings (proxy or certificates)`;
        reporter.warn(`${what}; tickpipe stop ends it`, { event: 'settings', pid: hello.pid });
      }
      isReported = true;
      const isAdopted = await offerToken(hello, token, location, signal);
      reportEnd(isAdopted ? token.expiresAtMs : hello.expiresAt);
      return isAdopted;
    },
  };
}

/** Warns of a hub that holds the lock but does not answer, so that a waiting user does not suspect the network. */
async function warnOfSilentHub({ key }: HubLocation, env: Program['env'], listener: FeedListener): Promise<void> {
  const holder = await findLockHolder(key, env);
  if (holder?.role !== 'hub') return;
  const error = describeSilentHub(holder);
  listener.event({ type: 'warning', event: 'hub', message: `${error.message}; ${error.hint}`, error });
}

/** The network settings of this command: from its environment and the options of Node. */
export function networkOf({ env, command }: Program): HubNetwork {
  const { fingerprint, proxies } = readNetworkSettings(env, command.slice(1, -1));
  return { fingerprint, proxies: { ...proxies } };
}

/**
 * The configuration of a new hub.
 * @param tokenFile the absolute path of a file that the hub can read again
 */
export function makeSpawnConfig(
  identity: FeedIdentity,
  token: AccessToken,
  tokenFile: string | undefined,
  flags: FeedFlags,
  network: HubNetwork,
): HubSpawnConfig {
  return {
    identity,
    token: `${token.appId}:${token.jwt}`,
    ...(tokenFile !== undefined && { tokenFile }),
    appId: token.appId,
    stallTimeoutMs: flags['stall-timeout'],
    lingerMs: flags.linger,
    network,
  };
}

/** Gives the hub a token that lasts longer than its own, or one that it waits for. Resolves to whether the hub took it. */
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
    // Loaded here: a hub seldom needs the token of a command.
    const { requestHub } = await import('../../hub/daemon/request-hub.ts');
    const answer = await requestHub(target, { method: 'POST', path: '/api/hub/token', body }, signal);
    const { ANSWERS } = await import('../../hub/protocol/answers.ts');
    return answer.status === 200 && ANSWERS.token.safeParse(answer.body).data?.offer === 'adopted';
  } catch (error) {
    if (error instanceof TickpipeError) return false;
    throw error;
  }
}
