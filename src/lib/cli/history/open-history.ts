import { createAppLimits } from '../../data-api/shared-call-limit.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { TokenHistory } from '../../feed/token-history.ts';
import type { BarHistory } from '../../history/bar-history.ts';
import { findHubLocation } from '../../hub/daemon/hub-location.ts';
import type { HubTarget } from '../../hub/daemon/hub-target.ts';
import type { Calendar } from '../../market/trading-hours.ts';
import { createOutgoing } from '../../network/route.ts';
import type { HubFlags } from '../command/flag-groups.ts';
import { openAccount, warnOfTokenEnd } from '../feed/account.ts';
import { isRecording } from '../program/flag-values.ts';
import type { CommandContext } from '../program/program.ts';

export interface HistoryOptions {
  /** Says when a bar ends. */
  readonly calendar: Calendar;
  /** Called when a call waits for the limit, with how long it will at least. */
  readonly onWait?: (waitMs: number) => void;
}

/** The history that `--feed` means. Throws `USAGE` for a feed without one, and as `openAccountHistory`. */
export async function openHistory(
  flags: HubFlags,
  options: HistoryOptions,
  context: CommandContext,
): Promise<BarHistory> {
  const { feed } = flags;
  if (feed === 'fyers') return openAccountHistory(flags, options, context);
  if (feed === 'sim') return (await findSimulatedHub(context)) ?? openPrivateSimulator(options, context);
  if (isRecording(feed)) {
    throw new TickpipeError('USAGE', '--feed: a recording has no history', {
      hint: 'tickpipe replay plays it, and tickpipe bars makes bars of it',
    });
  }
  const [{ readHubToken }, { createRoutes }] = await Promise.all([
    import('../feed/hub-token.ts'),
    import('../../network/route.ts'),
  ]);
  const target = { url: feed.href, findRoute: createRoutes(context.program.env) };
  return openHubHistory(target, await readHubToken(flags, context), context);
}

/** The running simulated hub; undefined when none answers. */
async function findSimulatedHub(context: CommandContext): Promise<BarHistory | undefined> {
  const target = findHubLocation({ kind: 'sim' }, context.program.env);
  if (target === undefined) return undefined;
  try {
    return await openHubHistory(target, undefined, context);
  } catch (error) {
    // A killed hub leaves its socket behind.
    if (error instanceof TickpipeError && error.code === 'HUB_UNAVAILABLE') return undefined;
    throw error;
  }
}

/** Asks a hub whose prices it has. Throws `HUB_UNAVAILABLE`, and what it answers. */
async function openHubHistory(
  target: HubTarget,
  token: string | undefined,
  { signal }: CommandContext,
): Promise<BarHistory> {
  const { HubHistory, readsSimulated } = await import('../../hub/daemon/hub-history.ts');
  const isSimulated = await readsSimulated(target, token, signal);
  return new HubHistory({ isSimulated: () => isSimulated, findTarget: () => target, token });
}

async function openPrivateSimulator({ calendar }: HistoryOptions, { program }: CommandContext): Promise<BarHistory> {
  const { openPrivateHistory } = await import('../../simulator/private-history.ts');
  return openPrivateHistory(program.clock, calendar);
}

/**
 * The history beside the rows of `--feed`: of the account's broker for its ticks, recordings and rows that are piped in; undefined for a feed that
 * has its own. Throws as `openAccountHistory`.
 */
export async function openFeedHistory(
  flags: HubFlags,
  options: HistoryOptions,
  context: CommandContext,
): Promise<BarHistory | undefined> {
  const hasOwn = flags.feed === 'sim' || (typeof flags.feed === 'object' && !isRecording(flags.feed));
  return hasOwn ? undefined : openAccountHistory(flags, options, context);
}

/** The history of the account's broker. Throws as `openAccount` and `readToken`, and `BAD_CONFIGURATION` for a run directory that cannot be used. */
export async function openAccountHistory(
  flags: HubFlags,
  { calendar, onWait }: HistoryOptions,
  context: CommandContext,
): Promise<BarHistory> {
  const { program, reporter, version } = context;
  const { env, clock } = program;
  const { endpoints, tokens, readToken } = openAccount(flags, context);
  const token = await readToken();
  for (const warning of tokens.warnings()) reporter.warn(warning, { event: 'token' });
  warnOfTokenEnd(token.expiresAtMs, context);
  const { dataUrl } = endpoints;
  const random = Math.random;
  const limitOf = createAppLimits(dataUrl, { env, clock, random });
  // Before anything is opened: a run directory or a proxy that cannot be used is a setting to correct.
  limitOf(token);
  const outgoing = createOutgoing(env, version);
  outgoing.findRoute(new URL(dataUrl));
  return new TokenHistory({
    dataUrl,
    tokens: { read: readToken },
    simulated: token.simulated,
    limitOf,
    clock,
    random,
    outgoing,
    calendar,
    onWait,
  });
}
