import { SharedCallLimit } from '../../data-api/shared-call-limit.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { BarHistory } from '../../history/bar-history.ts';
import { HistoryClient } from '../../history/history-client.ts';
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
  if (feed === 'sim') {
    const { openPrivateHistory } = await import('../../simulator/private-history.ts');
    return openPrivateHistory(context.program.clock, options.calendar);
  }
  throw new TickpipeError('USAGE', '--feed: a recording and a hub elsewhere have no history', {
    hint: 'use --feed fyers or --feed sim; tickpipe replay plays recordings',
  });
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
  const app = { dataUrl, appId: token.appId, simulatedUser: token.simulated ? token.userId : undefined };
  const limit = new SharedCallLimit({ app, env, clock, random });
  const outgoing = createOutgoing(env, version);
  return new HistoryClient({ dataUrl, token, limit, clock, random, outgoing, calendar, onWait });
}
