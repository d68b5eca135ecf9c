import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Program } from '../program/program.ts';

/** What decides whether a feed keeps the hours of markets. */
interface FeedNature {
  readonly simulated?: boolean | undefined;
  readonly recorded?: boolean | undefined;
}

/**
 * Says which markets of some symbols are closed now; empty when none is. Undefined for a feed that keeps no hours, as the
 * simulator and recordings do, and where the calendar cannot be used: prices do not depend on it.
 */
export async function findMarketReport(
  { simulated = false, recorded = false }: FeedNature,
  { env, clock }: Program,
  which: 'closed' | 'all' = 'closed',
): Promise<((symbols: readonly string[]) => string) | undefined> {
  if (simulated || recorded) return undefined;
  const { readCalendar } = await import('../settings/calendars.ts');
  const { describeClosedMarkets, describeMarkets } = await import('../../market/market-state.ts');
  try {
    const calendar = await readCalendar(env);
    const describe = which === 'closed' ? describeClosedMarkets : describeMarkets;
    return (symbols) => describe(symbols, clock.now(), calendar);
  } catch (error) {
    if (error instanceof TickpipeError) return undefined;
    throw error;
  }
}
