import type { Kind, TopicKind } from './kinds.ts';
import { isIndexSymbol } from './symbols.ts';

/** The exchange segment by the first four digits of a fytoken (FYERS data socket, docs/protocol.md). */
export const SEGMENTS: Readonly<Record<string, Segment>> = {
  '1010': 'nse_cm',
  '1011': 'nse_fo',
  '1012': 'cde_fo',
  '1020': 'nse_com',
  '1120': 'mcx_fo',
  '1210': 'bse_cm',
  '1211': 'bse_fo',
  '1212': 'bcs_fo',
};
export type Segment = 'nse_cm' | 'nse_fo' | 'cde_fo' | 'nse_com' | 'mcx_fo' | 'bse_cm' | 'bse_fo' | 'bcs_fo';

/** Where in a fytoken the exchange token begins: 4 digits exchange and segment, 6 digits expiry, then it. */
export const EXCHANGE_TOKEN_AT = 10;
const FYTOKEN = /^\d{11,30}$/;
/** The six digits are zeros where there is no expiry. */
const CONTRACT_END = /^\d{4}(\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])/;

/** What a symbol is at the exchange: all that its topics are made of. */
export interface Instrument {
  readonly symbol: string;
  readonly segment: Segment;
  /** The exchange token, or an index's feed name. */
  readonly feedName: string;
  /** The last day of a contract in India, `YYYY-MM-DD`. Later its exchange token may be given to another one. */
  readonly endsOn?: string;
}

/** Reads a fytoken; `undefined` when it is malformed or of a segment we do not know. `indexFeedName` for indices. */
export function instrumentOf(symbol: string, fytoken: string, indexFeedName?: string): Instrument | undefined {
  const segment = SEGMENTS[fytoken.slice(0, 4)];
  if (segment === undefined || !FYTOKEN.test(fytoken)) return undefined;
  const feedName = isIndexSymbol(symbol) ? (indexFeedName ?? bareIndexName(symbol)) : fytoken.slice(EXCHANGE_TOKEN_AT);
  const [, year, month, day] = CONTRACT_END.exec(fytoken) ?? [];
  return { symbol, segment, feedName, ...(year !== undefined && { endsOn: `20${year}-${month}-${day}` }) };
}

/** Whether a contract ended in this time. @param fromDay its last day may be this one @param toDay but not this one */
export function hasEnded(endsOn: string | undefined, fromDay: string, toDay: string): boolean {
  return endsOn !== undefined && fromDay <= endsOn && endsOn < toDay;
}

/** The part between `:` and `-INDEX`: an index's feed name when no table has a better one. */
export function bareIndexName(symbol: string): string {
  return symbol.slice(symbol.indexOf(':') + 1, symbol.length - '-INDEX'.length);
}

const TOPIC_KINDS: Record<Kind, TopicKind> = { symbol: 'sf', index: 'if', depth: 'dp', lite: 'sf' };

/** Which topic carries a kind of row of this symbol. Depth of an index does not exist: check before. */
export function topicKindOf(kind: Kind, symbol: string): TopicKind {
  return isIndexSymbol(symbol) ? 'if' : TOPIC_KINDS[kind];
}

/** The topic's name on the wire, for example `sf|nse_cm|3045`. */
export function topicName(kind: Kind, instrument: Instrument): string {
  return `${topicKindOf(kind, instrument.symbol)}|${instrument.segment}|${instrument.feedName}`;
}

/** The kind of a topic by its name, or `undefined` for one we do not know. */
export function topicKindOfName(topic: string): TopicKind | undefined {
  const kind = topic.slice(0, topic.indexOf('|'));
  return kind === 'sf' || kind === 'if' || kind === 'dp' ? kind : undefined;
}
