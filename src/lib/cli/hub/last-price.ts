import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { HubStatus } from '../../hub/server/hub-status.ts';
import { ROW_TYPES, type RowType } from '../../market/kinds.ts';
import type { HubFlags } from '../command/flag-groups.ts';
import type { CommandContext } from '../program/program.ts';
import { findHub } from './hub-control.ts';

/** Rows with a last price. */
const PRICE_TYPES: readonly RowType[] = [ROW_TYPES.index, ROW_TYPES.symbol, ROW_TYPES.lite];

/** A last price that a hub has live. */
export interface LastPrice {
  readonly symbol: string;
  readonly price: number;
}

/**
 * The last price of the first of some symbols that a running hub has live; `undefined` when there is none. Never starts a hub. A
 * hub that cannot be asked has none. @param isSimulated whether it has to be a simulated one, or has to be none
 */
export async function findLastPrice(
  symbols: readonly string[],
  isSimulated: boolean,
  flags: HubFlags,
  context: CommandContext,
): Promise<LastPrice | undefined> {
  try {
    const hub = await findHub(flags, context);
    const { status } = hub ?? {};
    if (hub === undefined || status?.hub.state !== 'live') return undefined;
    if ((status.hub.simulated === true) !== isSimulated || status.hub.recorded) return undefined;
    for (const symbol of symbols) {
      const type = findType(symbol, status);
      if (type === undefined) continue;
      const { data } = await hub.get('value', `/api/websocket/symbol/${encodeURIComponent(symbol)}?data_type=${type}`);
      if ('ltp' in data && typeof data.ltp === 'number' && data.ltp > 0 && data.stale !== true) {
        return { symbol, price: data.ltp };
      }
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof TickpipeError)) throw error;
    context.reporter.detail(`no price from a shared session: ${error.message}`);
    return undefined;
  }
}

function findType(symbol: string, { subscriptions }: HubStatus): RowType | undefined {
  return PRICE_TYPES.find((type) => subscriptions[type].includes(symbol));
}
