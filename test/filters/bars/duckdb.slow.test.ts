import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Bar } from '../../../src/lib/market/bar.ts';
import { askDuck } from '../../recording/compact/duck.ts';
import { MarketTicks, makeMarket, printMarket } from '../../support/bar-market.ts';
import { makeBuilder } from '../../support/bar-rows.ts';
import { seededRandom } from '../../support/random.ts';

const OPEN = Date.parse('2026-11-23T09:15:00+05:30');
const SECONDS = 60;

/**
 * The same bars of the rows of a recording, by SQL: open and close are the prices of the first and the last trade that a row shows, high
 * and low those of all of them. `reach_high` and `reach_low` are the day's new high and low that a row shows when the row before is of
 * the same bar: what bars are repaired with.
 */
const QUERY = (file: string): string => `
  with rows as (
    select symbol, ltp, volume, high, low, exchange_time, received_at,
      case when type = 'IndexUpdate' then exchange_time else last_trade_time end as traded
    from read_json('${file}', format = 'newline_delimited')
  ),
  pairs as (
    select *, lag(received_at) over w is null as is_first, lag(volume) over w as volume_before, lag(traded) over w as traded_before,
      lag(high) over w as high_before, lag(low) over w as low_before, lag(exchange_time) over w as seen_at, lag(ltp) over w as ltp_before
    from rows window w as (partition by symbol order by received_at)
  ),
  trades as (
    select *, ${OPEN / 1_000} + floor((traded - ${OPEN / 1_000}) / ${SECONDS}) * ${SECONDS} as start
    from pairs
    where traded >= ${OPEN / 1_000}
      and (is_first or volume > volume_before or traded > traded_before or (volume is null and ltp <> ltp_before))
  )
  select symbol, start::bigint as start,
    arg_min(ltp, struct_pack(a := traded, b := received_at)) as open, max(ltp) as high, min(ltp) as low,
    arg_max(ltp, struct_pack(a := traded, b := received_at)) as close,
    case when max(volume) is null then null else coalesce(sum(volume - volume_before), 0)::bigint end as volume,
    max(case when high > high_before and seen_at >= start then high end) as reach_high,
    min(case when low < low_before and seen_at >= start then low end) as reach_low
  from trades group by symbol, start order by start, symbol`;

interface DuckBar {
  readonly symbol: string;
  readonly start: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: string | null;
  readonly reach_high: number | null;
  readonly reach_low: number | null;
}

function makeBars(seed: number): { readonly bars: readonly Bar[]; readonly rows: Buffer } {
  const events = makeMarket({ random: seededRandom(seed), begins: [OPEN], rowsPerDay: 6_000, hasFaults: false });
  const { builder, bars } = makeBuilder({ intervals: `${SECONDS}s` });
  const market = new MarketTicks();
  for (const event of events) if (!('gap' in event)) builder.tick(market.take(event));
  builder.end();
  return { bars, rows: Buffer.concat(printMarket(events)) };
}

test.each([3, 4, 5])(
  'DuckDB has the same bars of the same rows, but where an extreme was repaired (seed %d)',
  async (seed) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'bars-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { bars, rows } = makeBars(seed);
    const file = path.join(folder, 'rows.ndjson');
    writeFileSync(file, rows);
    const answers = (await askDuck(QUERY(file))) as unknown as DuckBar[];
    expect(answers.length).toBeGreaterThan(60);
    expect(bars.map(({ symbol, start }) => `${start} ${symbol}`).sort()).toEqual(
      answers.map(({ symbol, start }) => `${start} ${symbol}`).sort(),
    );
    const byName = new Map(bars.map((bar) => [`${bar.start} ${bar.symbol}`, bar]));
    let repaired = 0;
    let farthest = 0;
    for (const answer of answers) {
      const bar = byName.get(`${answer.start} ${answer.symbol}`) as Bar;
      const { open, high, low, close, volume } = bar;
      expect({ open, close, volume }).toEqual({
        open: answer.open,
        close: answer.close,
        volume: answer.volume === null ? null : Number(answer.volume),
      });
      // A price between two rows of the bar that no row shows. Nowhere else do both differ.
      const isHigher = answer.reach_high !== null && answer.reach_high > answer.high;
      const isLower = answer.reach_low !== null && answer.reach_low < answer.low;
      expect([high !== answer.high, low !== answer.low]).toEqual([isHigher, isLower]);
      if (isHigher) expect(high).toBe(answer.reach_high);
      if (isLower) expect(low).toBe(answer.reach_low);
      if (isHigher || isLower) repaired++;
      farthest = Math.max(farthest, high - answer.high, answer.low - low);
    }
    expect(repaired).toBeGreaterThan(0);
    const unplaced = bars.filter((bar) => bar.extreme_unplaced).length;
    process.stdout.write(
      `${answers.length} bars: ${answers.length - repaired} as DuckDB has them, ${repaired} with a repaired high or low, by up to ${farthest.toFixed(2)}; ${unplaced} with one that cannot be placed\n`,
    );
  },
);
