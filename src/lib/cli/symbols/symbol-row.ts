import { istDate } from '../../clock/ist.ts';
import { instrumentOf, topicName } from '../../market/topics.ts';
import type { RecordRow } from '../../output/records/record-type.ts';
import type { SYMBOL } from '../../output/records/symbol-records.ts';
import { indexFeedName } from '../../symbols/index-names.ts';
import type { ListedInstrument } from '../../symbols/master/symbol-master.ts';

export type SymbolRow = RecordRow<typeof SYMBOL>;

/** `0915-1530`, as the master writes one session. */
const SESSION = /^(\d{2})(\d{2})-(\d{2})(\d{2})$/;

/** The row of an instrument. */
export function toSymbolRow(listed: ListedInstrument): SymbolRow {
  const { symbol, name, exchange, segment, type, isin, underlying, strike, right, lotSize, tickSize, fytoken } = listed;
  const instrument = instrumentOf(symbol, fytoken, indexFeedName(symbol));
  return {
    symbol,
    name,
    exchange,
    segment,
    kind: type,
    isin,
    underlying,
    expiry: listed.expiresAtMs === null ? null : istDate(listed.expiresAtMs),
    strike,
    right,
    lot_size: lotSize,
    tick_size: tickSize,
    session: formatSessions(listed.session),
    topic: instrument ? topicName('symbol', instrument) : null,
  };
}

/**
 * The trading hours of a normal day, `09:15-15:30`, several between commas. What stands behind the `|` in
 * `0915-1530|1815-1915:` are the hours of special days.
 */
function formatSessions(session: string | null): string | null {
  const normal = session?.split('|')[0] ?? '';
  const sessions = normal.split(',').flatMap((text) => {
    const [, fromHour, fromMinute, toHour, toMinute] = SESSION.exec(text.trim()) ?? [];
    return fromHour === undefined ? [] : [`${fromHour}:${fromMinute}-${toHour}:${toMinute}`];
  });
  return sessions.length === 0 ? null : sessions.join(',');
}
