import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Program } from '../program/program.ts';

/** The facts that decide whether a feed has market hours. */
interface FeedNature {
  readonly simulated?: boolean | undefined;
  readonly recorded?: boolean | undefined;
}

/**
 * Creates a function that names the closed markets of some symbols; its text is empty when all are open. Undefined for simulators
 * and recordings, which have no market hours, and when the calendar cannot be used: prices do not depend on it.
 */
export async function findMarketReport(
  { simulated = false, recorded = false }: FeedNature,
  program: Program,
  which: 'closed' | 'all' = 'closed',
): Promise<((symbols: readonly string[]) => string) | undefined> {
  if (simulated || recorded) return undefined;
  const { readCalendar } = await import('../settings/calendars.ts');
  const { describeClosedMarkets, describeMarkets } = await import('../../market/market-state.ts');
  try {
    const calendar = await readCalendar(program);
    const describe = which === 'closed' ? describeClosedMarkets : describeMarkets;
    return (symbols) => describe(symbols, program.clock.now(), calendar);
  } catch (error) {
    if (error instanceof TickpipeError) return undefined;
    throw error;
  }
}
