import { istDate } from '../../clock/ist.ts';
import { formatSessions, readSessionColumn } from '../../market/session-column.ts';
import { instrumentOf, topicName } from '../../market/topics.ts';
import type { RecordRow } from '../../output/records/record-type.ts';
import type { SYMBOL } from '../../output/records/symbol-records.ts';
import { indexFeedName } from '../../symbols/index-names.ts';
import type { ListedInstrument } from '../../symbols/master/symbol-master.ts';

export type SymbolRow = RecordRow<typeof SYMBOL>;

/** The row of an instrument. @param indexName what the data socket calls it, by the table beside the master */
export function toSymbolRow(listed: ListedInstrument, indexName?: string): SymbolRow {
  const { symbol, name, exchange, segment, type, isin, underlying, strike, right, lotSize, tickSize, fytoken } = listed;
  const instrument = instrumentOf(symbol, fytoken, indexName ?? indexFeedName(symbol));
  const sessions = listed.session === null ? undefined : readSessionColumn(listed.session);
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
    session: sessions ? formatSessions(sessions) : null,
    topic: instrument ? topicName('symbol', instrument) : null,
  };
}
