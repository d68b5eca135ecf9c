import { describe, expect, it } from 'vitest';
import { KINDS, type Kind } from '../../src/lib/market/kinds.ts';
import {
  bareIndexName,
  hasEnded,
  instrumentOf,
  SEGMENTS,
  topicKindOf,
  topicKindOfName,
  topicName,
} from '../../src/lib/market/topics.ts';

/** Rows of the public symbol master, and the topics that follow from them. */
const ROWS = [
  ['NSE:SBIN-EQ', '10100000003045', 'sf|nse_cm|3045'],
  ['NSE:NIFTY26SEPFUT', '101126092968407', 'sf|nse_fo|68407'],
  ['NSE:NIFTY26SEP29200CE', '101126092935086', 'sf|nse_fo|35086'],
  ['MCX:CRUDEOIL26SEPFUT', '1120260921565899', 'sf|mcx_fo|565899'],
] as const;

function topicOf(kind: Kind, symbol: string, fytoken: string, feedName?: string): string | undefined {
  const instrument = instrumentOf(symbol, fytoken, feedName);
  return instrument && topicName(kind, instrument);
}

describe('topics', () => {
  it.each(ROWS)('of %s', (symbol, fytoken, topic) => {
    expect(topicOf('symbol', symbol, fytoken)).toBe(topic);
    expect(topicOf('lite', symbol, fytoken)).toBe(topic);
    expect(topicOf('depth', symbol, fytoken)).toBe(topic.replace('sf', 'dp'));
  });

  it('of an index, whatever kind of row is asked for', () => {
    for (const kind of ['symbol', 'index', 'lite'] as const) {
      expect(topicOf(kind, 'NSE:NIFTY50-INDEX', '101000000026000', 'Nifty 50')).toBe('if|nse_cm|Nifty 50');
    }
    expect(topicOf('index', 'BSE:NEW ONE-INDEX', '121000000000001')).toBe('if|bse_cm|NEW ONE');
  });

  it.each([
    ['1010', 'nse_cm'],
    ['1011', 'nse_fo'],
    ['1012', 'cde_fo'],
    ['1020', 'nse_com'],
    ['1120', 'mcx_fo'],
    ['1210', 'bse_cm'],
    ['1211', 'bse_fo'],
    ['1212', 'bcs_fo'],
  ])('of the segment %s', (digits, segment) => {
    const instrument = { symbol: 'NSE:X-EQ', segment, feedName: '1234', endsOn: '2026-09-29' };
    expect(instrumentOf('NSE:X-EQ', `${digits}2609291234`)).toEqual(instrument);
    expect(topicOf('symbol', 'NSE:X-EQ', `${digits}2609291234`)).toBe(`sf|${segment}|1234`);
  });

  it.each(['000000', '261301', '260100', '260132', '990000'])(
    'has no end where the digits are no day: %s',
    (digits) => {
      expect(instrumentOf('NSE:X-EQ', `1011${digits}1234`)).not.toHaveProperty('endsOn');
    },
  );

  it.each([
    ['2026-12-01', '2026-12-01', '2026-12-02', true],
    ['2026-12-01', '2026-11-30', '2026-12-05', true],
    ['2026-12-01', '2026-11-30', '2026-12-01', false],
    ['2026-12-01', '2026-12-02', '2026-12-03', false],
    [undefined, '2026-12-01', '2026-12-02', false],
  ])('of a contract that ends on %s: from %s to %s', (endsOn, from, to, ended) => {
    expect(hasEnded(endsOn, from, to)).toBe(ended);
  });

  it('knows no more segments than the page of the protocol', () => {
    expect(Object.keys(SEGMENTS)).toHaveLength(8);
  });

  it.each([
    '',
    '1010',
    '1010000000',
    '99990000003045',
    '1010000000x045',
    ' 10100000003045',
    '10100000003045\n',
    `1010${'0'.repeat(40)}`,
  ])('knows no instrument by the fytoken %j', (fytoken) => {
    expect(instrumentOf('NSE:SBIN-EQ', fytoken)).toBeUndefined();
  });

  it('takes an index by its symbol where the table has no name', () => {
    expect(bareIndexName('NSE:NIFTY50 EQL WGT-INDEX')).toBe('NIFTY50 EQL WGT');
  });

  it('has a kind of topic for each kind of row', () => {
    expect(KINDS.map((kind) => topicKindOf(kind, 'NSE:SBIN-EQ'))).toEqual(['sf', 'if', 'dp', 'sf']);
  });

  it('has its kind by its name', () => {
    expect(
      ['sf|nse_cm|3045', 'if|nse_cm|Nifty 50', 'dp|mcx_fo|1', 'xx|nse_cm|1', 'sf', '', '|sf|'].map(topicKindOfName),
    ).toEqual(['sf', 'if', 'dp', undefined, undefined, undefined, undefined]);
  });
});
