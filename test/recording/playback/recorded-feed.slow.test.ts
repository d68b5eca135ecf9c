import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as untilNextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { KINDS, type Kind, type Subscription } from '../../../src/lib/market/kinds.ts';
import { indexRecordings } from '../../../src/lib/recording/playback/recording-index.ts';
import { TimeRange } from '../../../src/lib/recording/playback/time-range.ts';
import { seededRandom } from '../../support/random.ts';
import { makeFolder, makeRow, makeRows, packMembers, TEN } from '../made-rows.ts';
import { type Opened, openFeed, playAll, textOf } from './played-feed.ts';
import { writeRecording } from './recordings.ts';

const SBIN: Subscription = { kind: 'symbol', symbol: 'NSE:SBIN-EQ' };
const INFY: Subscription = { kind: 'symbol', symbol: 'NSE:INFY-EQ' };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Moves the clock on a little at a time, each time once the playback waits for it, or has ended. */
async function advance({ clock, listener }: Opened, ms: number, step = 10): Promise<void> {
  for (let at = 0; at < ms; at += step) {
    while (clock.pending === 0 && !listener.isDone) await untilNextTurn();
    clock.advance(step);
  }
  while (clock.pending === 0 && !listener.isDone) await untilNextTurn();
}

describe('what was recorded', () => {
  test.each([true, false])('comes back byte for byte (gzip: %s)', async (isGzip) => {
    const root = makeFolder();
    const rows = makeRows(1_000, { stepMs: 3 });
    writeRecording(root, { lines: [rows.slice(0, 400), rows.slice(400)], isGzip });
    const listener = await playAll(root);
    expect(listener.text).toBe(textOf(rows));
    expect(await listener.end).toBe('ended');
    expect(listener.states).toEqual(['live', 'closed']);
  });

  test('is merged in time order, ten files at once, each in its own order', async () => {
    const root = makeFolder();
    const all = Array.from({ length: 10 }, (_, run) =>
      makeRows(300, { symbol: `NSE:S${run}-EQ`, from: TEN + run * 7, stepMs: 90 + run }),
    );
    for (const [run, rows] of all.entries())
      writeRecording(root, { lines: [rows], run: `00000${run}`, startsAt: TEN + run * 7 });
    const listener = await playAll(root);
    const times = listener.rows.map((row) => (JSON.parse(row.toString()) as { received_at: number }).received_at);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    for (const [run, rows] of all.entries()) {
      expect(textOf(listener.rows.filter((row) => row.includes(`NSE:S${run}-EQ`)))).toBe(textOf(rows));
    }
  });

  test('keeps the order of its files where times are equal, and a file its own where time went back', async () => {
    const root = makeFolder();
    const back = [
      makeRow('symbol', 'NSE:A-EQ', TEN + 500),
      makeRow('symbol', 'NSE:A-EQ', TEN),
      makeRow('symbol', 'NSE:A-EQ', TEN + 900),
    ];
    const other = [makeRow('symbol', 'NSE:B-EQ', TEN + 500), makeRow('symbol', 'NSE:B-EQ', TEN + 900)];
    writeRecording(root, { lines: [back], run: '000001' });
    writeRecording(root, { lines: [other], run: '000002' });
    const [first, second, third] = back as [Buffer, Buffer, Buffer];
    const [fourth, fifth] = other as [Buffer, Buffer];
    expect((await playAll(root)).text).toBe(textOf([first, second, fourth, third, fifth]));
  });

  test('comes in the same order in whatever number of rows at once, with its gaps and losses at their places', async () => {
    const random = seededRandom(20_261_130);
    const pick = (count: number): number => Math.floor(random() * count);
    for (let round = 0; round < 20; round++) {
      const root = makeFolder();
      for (let run = 0; run < 1 + pick(4); run++) {
        let at = TEN + pick(50);
        const rows = Array.from({ length: pick(60) }, () => {
          at += pick(12) - 2;
          return makeRow(pick(3) === 0 ? 'lite' : 'symbol', `NSE:S${pick(3)}-EQ`, at, 60_000 + pick(1_000));
        });
        const notes = Array.from({ length: pick(4) }, () => {
          const to = TEN + pick(300);
          return pick(2) === 0
            ? { type: 'Gap', from: to - 5, to, reason: 'server_closed', symbols: [`NSE:S${pick(3)}-EQ`] }
            : { type: 'Skipped', rows: 1 + pick(9), at: to };
        });
        const half = pick(rows.length);
        const lines = [rows.slice(0, half), rows.slice(half)];
        writeRecording(root, { lines, run: `00000${run}`, startsAt: TEN, notes, isGzip: pick(2) === 0 });
      }
      const range =
        pick(2) === 0 ? new TimeRange() : new TimeRange('2026-11-23T10:00:00.100', '2026-11-23T10:00:00.200');
      await playAll(root, { range, ...(pick(3) === 0 ? { types: ['symbol'] } : {}) });
    }
  });

  test('in several files of a run is one, and only what overlaps is open at once', async () => {
    const root = makeFolder();
    const parts = [0, 1, 2].map((hour) => makeRows(50, { from: TEN + hour * HOUR, stepMs: HOUR / 50 }));
    for (const [at, rows] of parts.entries())
      writeRecording(root, { lines: [rows], number: at + 1, startsAt: TEN + at * HOUR });
    expect((await playAll(root)).text).toBe(textOf(parts.flat()));
  });

  test('goes on over midnight, in folders of two days', async () => {
    const root = makeFolder();
    const midnight = Date.parse('2026-11-24T00:00:00+05:30');
    const [before, after] = [makeRows(20, { from: midnight - 2_000 }), makeRows(20, { from: midnight })];
    writeRecording(root, { lines: [before], startsAt: midnight - 2_000 });
    writeRecording(root, { lines: [after], startsAt: midnight, number: 2 });
    expect((await playAll(root)).text).toBe(textOf([...before, ...after]));
  });

  test('under any other name is played, too', async () => {
    const root = makeFolder();
    const [one, other] = [makeRows(40, { symbol: 'NSE:A-EQ' }), makeRows(40, { symbol: 'NSE:B-EQ', from: TEN + 50 })];
    writeFileSync(path.join(root, 'mine.ndjson'), textOf(one));
    writeFileSync(path.join(root, 'other.ndjson.gz'), packMembers([other]));
    const expected = one.flatMap((row, at) => [row, other[at] as Buffer]);
    expect((await playAll(root)).text).toBe(textOf(expected));
    expect((await playAll(path.join(root, '*.gz'))).text).toBe(textOf(other));
  });

  test('of several kinds is chosen by type', async () => {
    const root = makeFolder();
    const rowsOf = (kind: Kind) =>
      makeRows(10, { kind, symbol: kind === 'index' ? 'NSE:NIFTY50-INDEX' : 'NSE:SBIN-EQ' });
    for (const kind of KINDS) writeRecording(root, { kind, lines: [rowsOf(kind)] });
    expect((await playAll(root, { types: ['depth'] })).text).toBe(textOf(rowsOf('depth')));
    expect((await indexRecordings([root], ['lite', 'index'])).kinds).toEqual(['index', 'lite']);
    expect((await playAll(root)).rows).toHaveLength(40);
    const mixed = path.join(root, 'mixed.ndjson');
    writeFileSync(mixed, textOf([...rowsOf('depth'), ...rowsOf('lite')]));
    expect((await playAll(mixed, { types: ['lite'] })).text).toBe(textOf(rowsOf('lite')));
  });
});

describe('the pace', () => {
  const spread = async (speed: number, seconds: number): Promise<{ rows: number; within: number }> => {
    const root = makeFolder();
    const rows = makeRows(seconds * 10, { stepMs: 100 });
    writeRecording(root, { lines: [rows] });
    const opened = await openFeed(root, { speed });
    const { feed, listener } = opened;
    await feed.subscribe([]);
    await advance(opened, (seconds * 1_000) / speed + 50);
    const worst = Math.max(
      ...listener.times.map((time, at) => Math.abs(time - (listener.times[0] as number) - (at * 100) / speed)),
    );
    return { rows: listener.rows.length, within: worst };
  };

  test('is that of the recording', async () => {
    const { rows, within } = await spread(1, 60);
    expect(rows).toBe(600);
    expect(within).toBeLessThanOrEqual(10);
  });

  test('is ten times as fast when asked for, over a minute', async () => {
    const { rows, within } = await spread(10, 60);
    expect(rows).toBe(600);
    expect(within).toBeLessThanOrEqual(10);
  });

  test('is slower, too', async () => {
    const { rows, within } = await spread(0.5, 5);
    expect(rows).toBe(50);
    expect(within).toBeLessThanOrEqual(10);
  });

  test('does not wait through the night', async () => {
    const root = makeFolder();
    for (const day of [0, 1, 2]) {
      writeRecording(root, {
        lines: [makeRows(2, { from: TEN + day * DAY })],
        startsAt: TEN + day * DAY,
        run: `00000${day}`,
      });
    }
    const opened = await openFeed(root, { speed: 1 });
    const { feed, listener } = opened;
    await feed.subscribe([]);
    await advance(opened, 500, 50);
    expect(await listener.end).toBe('ended');
    expect(listener.times.map((time) => time - (listener.times[0] as number))).toEqual([0, 100, 100, 200, 200, 300]);
  });

  test('goes on from where it was held', async () => {
    const root = makeFolder();
    writeRecording(root, { lines: [makeRows(10, { stepMs: 1_000 })] });
    const opened = await openFeed(root, { speed: 1 });
    const { feed, listener } = opened;
    await feed.subscribe([]);
    await advance(opened, 2_000, 50);
    const before = listener.rows.length;
    feed.pause();
    listener.isDone = true;
    await advance(opened, 60_000, 500);
    await untilNextTurn();
    expect(listener.rows.length).toBe(before);
    listener.isDone = false;
    feed.resume();
    await advance(opened, 2_000, 50);
    expect(listener.rows.length - before).toBeGreaterThanOrEqual(2);
    expect(listener.rows.length - before).toBeLessThanOrEqual(4);
  });
});

describe('a part', () => {
  const days = async (): Promise<{ root: string; rows: Buffer[][] }> => {
    const root = makeFolder();
    const rows = [0, 1, 2].map((day) => makeRows(240, { from: TEN + day * DAY, stepMs: 60_000 }));
    for (const [day, some] of rows.entries()) {
      for (const hour of [0, 1, 2, 3]) {
        const startsAt = TEN + day * DAY + hour * HOUR;
        writeRecording(root, { lines: [some.slice(hour * 60, hour * 60 + 60)], startsAt, number: day * 4 + hour + 1 });
      }
    }
    return { root, rows };
  };

  test.each<[string, string | undefined, string | undefined, (day: number, minute: number) => boolean]>([
    ['from a time of each day', '12:30', undefined, (_, minute) => minute >= 150],
    ['to a time of each day', undefined, '10:05:30', (_, minute) => minute <= 5],
    ['between times of each day', '11:00', '11:10', (_, minute) => minute >= 60 && minute < 70],
    ['from a moment', '2026-11-24T13:00', undefined, (day, minute) => day > 1 || (day === 1 && minute >= 180)],
    ['to a moment in UTC', undefined, '2026-11-23T04:40:00Z', (day, minute) => day === 0 && minute < 10],
    ['of whole days', '2026-11-24', '2026-11-24', (day) => day === 1],
    ['between a day and a time of each', '2026-11-24', '10:02', (day, minute) => day > 0 && minute < 2],
  ])('%s', async (_, from, to, holds) => {
    const { root, rows } = await days();
    const listener = await playAll(root, { range: new TimeRange(from, to) });
    const expected = rows.flatMap((some, day) => some.filter((__, minute) => holds(day, minute)));
    expect(listener.text).toBe(textOf(expected));
    expect(listener.warnings).toEqual([]);
    expect(await listener.end).toBe('ended');
  });

  test('that holds nothing is reported', async () => {
    const { root } = await days();
    expect(await (await playAll(root, { range: new TimeRange('03:00', '04:00') })).end).toMatchObject({
      code: 'RECORDING_EMPTY',
    });
  });

  test.each(['9', '24:00', '09:60', '2026-02-30', '2026-11-23 25:00', 'now', ''])('%j is no time', (text) => {
    expect(() => new TimeRange(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  test('that ends before it begins is refused', () => {
    expect(() => new TimeRange('10:00', '09:00')).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => new TimeRange('2026-11-24', '2026-11-23')).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('a loop', () => {
  test('begins again at the end', async () => {
    const root = makeFolder();
    const rows = makeRows(3);
    writeRecording(root, { lines: [rows] });
    const { feed, listener } = await openFeed(root, { loop: true });
    const third = new Promise<void>((resolve) => {
      listener.onRow = () => listener.rows.length >= 8 && resolve();
    });
    await feed.subscribe([]);
    await third;
    await feed.close();
    expect(textOf(listener.rows.slice(0, 8))).toBe(textOf([...rows, ...rows, ...rows.slice(0, 2)]));
  });

  test('over nothing ends', async () => {
    const root = makeFolder();
    writeRecording(root, { lines: [[]] });
    expect(await (await playAll(root, { loop: true })).end).toMatchObject({ code: 'RECORDING_EMPTY' });
  });
});

describe('subscriptions', () => {
  test('that no header lists are unknown, without any other report', async () => {
    const root = makeFolder();
    const rows = [makeRows(5), makeRows(5, { symbol: 'NSE:INFY-EQ' })];
    writeRecording(root, { lines: rows });
    const { feed, listener } = await openFeed(root, { everything: false });
    const results = await feed.subscribe([INFY, { kind: 'symbol', symbol: 'NSE:NOPE-EQ' }]);
    expect(results.map(({ status }) => status)).toEqual(['accepted', 'unknown']);
    expect(await listener.end).toBe('ended');
    expect(listener.text).toBe(textOf(rows[1] as Buffer[]));
  });

  test('all or nothing, when strict', async () => {
    const root = makeFolder();
    writeRecording(root, { lines: [makeRows(5)] });
    const { feed, listener } = await openFeed(root, { everything: false });
    const results = await feed.subscribe([SBIN, INFY], { strict: true });
    expect(results.map(({ status }) => status)).toEqual(['refused', 'unknown']);
    expect(listener.states).toEqual([]);
  });

  test('of files without a header may be of anything', async () => {
    const file = path.join(makeFolder(), 'mine.ndjson');
    writeFileSync(file, textOf(makeRows(2)));
    const { feed } = await openFeed(file, { everything: false });
    expect((await feed.subscribe([INFY])).map(({ status }) => status)).toEqual(['accepted']);
  });

  test('that were added while it was recorded are known', async () => {
    const root = makeFolder();
    const notes = [{ type: 'Changed', at: TEN, added: ['NSE:INFY-EQ'], dropped: [] }];
    writeRecording(root, { lines: [makeRows(2)], notes });
    const { feed } = await openFeed(root, { everything: false });
    expect((await feed.subscribe([INFY])).map(({ status }) => status)).toEqual(['accepted']);
  });

  test('get the rows known at the start first; a later subscription gets the last row at once', async () => {
    const root = makeFolder();
    const known = [makeRow('symbol', 'NSE:SBIN-EQ', TEN - 5_000), makeRow('symbol', 'NSE:INFY-EQ', TEN - 9_000)] as [
      Buffer,
      Buffer,
    ];
    const rows = makeRows(3, { stepMs: 1_000 });
    writeRecording(root, { lines: [rows], notes: known, header: { symbols: [SBIN.symbol, INFY.symbol] } });
    const opened = await openFeed(root, { everything: false, emitsKnown: true, speed: 1 });
    const { feed, listener } = opened;
    await feed.subscribe([SBIN]);
    await advance(opened, 500);
    await feed.subscribe([INFY, SBIN]);
    await advance(opened, 3_000, 50);
    expect(await listener.end).toBe('ended');
    expect(listener.text).toBe(textOf([known[0], rows[0] as Buffer, known[1], ...rows.slice(1)]));
  });

  test('that are dropped get no more rows', async () => {
    const root = makeFolder();
    writeRecording(root, { lines: [makeRows(10, { stepMs: 1_000 })] });
    const opened = await openFeed(root, { everything: false, speed: 1 });
    const { feed, listener } = opened;
    await feed.subscribe([SBIN]);
    await advance(opened, 2_500, 50);
    await feed.unsubscribe([SBIN]);
    const before = listener.rows.length;
    await advance(opened, 10_000, 50);
    expect(await listener.end).toBe('ended');
    expect(listener.rows).toHaveLength(before);
  });
});

describe('what happened while it was recorded', () => {
  test('comes in its time, each gap once though every kind notes it', async () => {
    const root = makeFolder();
    const gap = { type: 'Gap', from: TEN + 150, to: TEN + 400, reason: 'stalled', symbols: ['NSE:SBIN-EQ'] };
    const last = { type: 'Gap', from: TEN + 900, to: TEN + 2_000, reason: 'token', symbols: ['NSE:SBIN-EQ'] };
    const loss = { type: 'Skipped', rows: 12, at: TEN + 500 };
    writeRecording(root, { lines: [makeRows(10)], notes: [loss, gap, last] });
    writeRecording(root, { kind: 'lite', lines: [makeRows(10, { kind: 'lite' })], notes: [gap, last] });
    const listener = await playAll(root);
    expect(listener.gaps).toEqual([
      { gap: { from: gap.from, to: gap.to, reason: 'stalled', symbols: gap.symbols }, rowsBefore: 8 },
      { gap: { from: last.from, to: last.to, reason: 'token', symbols: last.symbols }, rowsBefore: 20 },
    ]);
    expect(listener.skippedRows).toBe(12);
  });

  test('of other symbols is not delivered', async () => {
    const root = makeFolder();
    const gap = { type: 'Gap', from: TEN, to: TEN + 1, reason: 'stalled', symbols: ['NSE:INFY-EQ'] };
    writeRecording(root, { lines: [makeRows(3)], header: { symbols: [SBIN.symbol, INFY.symbol] }, notes: [gap] });
    const { feed, listener } = await openFeed(root, { everything: false });
    await feed.subscribe([SBIN]);
    await listener.end;
    expect(listener.gaps).toEqual([]);
  });
});

describe('simulated prices', () => {
  const row = makeRow('symbol', 'NSE:SBIN-EQ', TEN, 61_045, true);

  test('follow from the headers, or from the rows', async () => {
    const [root, file] = [makeFolder(), path.join(makeFolder(), 'mine.ndjson')];
    writeRecording(root, { lines: [[row]], header: { simulated: true } });
    writeFileSync(file, row);
    expect((await openFeed(root)).feed.simulated).toBe(true);
    expect((await openFeed(file)).feed.simulated).toBe(true);
    expect((await openFeed([file, root])).feed.simulated).toBe(true);
  });

  test('are not mixed with live ones', async () => {
    const root = makeFolder();
    writeRecording(root, { lines: [[row]], header: { simulated: true }, run: '000001' });
    writeRecording(root, { lines: [makeRows(1)], run: '000002' });
    await expect(openFeed(root)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('damage', () => {
  test('is reported; all whole rows are played, then the end is an error', async () => {
    const root = makeFolder();
    const rows = makeRows(30);
    const file = writeRecording(root, { lines: [rows.slice(0, 10), rows.slice(10, 20), rows.slice(20)] });
    const whole = readFileSync(file);
    const bytes = Buffer.from(whole);
    bytes.fill(0, packMembers([rows.slice(0, 10)]).length + 20, packMembers([rows.slice(0, 10)]).length + 60);
    writeFileSync(file, bytes);
    const listener = await playAll(root);
    expect(listener.text).toBe(textOf([...rows.slice(0, 10), ...rows.slice(20)]));
    expect(listener.warnings).toHaveLength(2);
    expect(listener.warnings[0]).toContain('gzip data that is broken');
    expect(listener.warnings[1]).toContain('10 of 30 rows are missing');
    expect(await listener.end).toMatchObject({ code: 'RECORDING_CORRUPT' });
  });

  test('shows by the footer when a file was cut at a member', async () => {
    const root = makeFolder();
    const rows = makeRows(30);
    const file = writeRecording(root, { lines: [rows.slice(0, 10), rows.slice(10)] });
    writeFileSync(file, packMembers([rows.slice(0, 10)]));
    const listener = await playAll(root);
    expect(listener.text).toBe(textOf(rows.slice(0, 10)));
    expect(listener.warnings).toEqual([`${file}: 20 of 30 rows are missing`]);
    expect(await listener.end).toMatchObject({ code: 'RECORDING_CORRUPT' });
  });

  test('everywhere is reported some times, then only counted', async () => {
    const file = path.join(makeFolder(), 'mine.ndjson');
    writeFileSync(file, textOf(makeRows(100).flatMap((row) => [row, Buffer.from('?\n')])));
    const listener = await playAll(file);
    expect(listener.rows).toHaveLength(100);
    expect(listener.warnings.length).toBeLessThan(20);
    expect((await listener.end) as TickpipeError).toMatchObject({ message: expect.stringContaining('100 places') });
  });

  test('in a loop leaves nothing behind', async () => {
    const file = path.join(makeFolder(), 'mine.ndjson');
    writeFileSync(file, textOf(makeRows(2)));
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    const { feed, listener } = await openFeed(file, { loop: true });
    const oftenEnough = new Promise<void>((resolve) => {
      listener.onRow = () => listener.rows.length > 40 && resolve();
    });
    await feed.subscribe([]);
    await oftenEnough;
    await feed.close();
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });

  test('in a loop is reported once', async () => {
    const file = path.join(makeFolder(), 'mine.ndjson');
    writeFileSync(file, textOf([...makeRows(2), Buffer.from('?\n')]));
    const { feed, listener } = await openFeed(file, { loop: true });
    const again = new Promise<void>((resolve) => {
      listener.onRow = () => listener.rows.length > 6 && resolve();
    });
    await feed.subscribe([]);
    await again;
    await feed.close();
    expect(listener.warnings).toHaveLength(1);
  });

  test('is none at the end of a file that is being written', async () => {
    const { identifySelf } = await import('../../../src/lib/host/process-identity.ts');
    const { renameSync } = await import('node:fs');
    const root = makeFolder();
    const rows = makeRows(4);
    const file = writeRecording(root, { lines: [rows], header: { writer: identifySelf() }, footer: 'none' });
    writeFileSync(file, readFileSync(file).subarray(0, -5));
    renameSync(file, `${file}.part`);
    const listener = await playAll(root);
    expect(listener.text).toBe(textOf(rows));
    expect(await listener.end).toBe('ended');
  });
});

describe('what cannot be played', () => {
  test('is reported before the first row', async () => {
    const root = makeFolder();
    await expect(openFeed(root)).rejects.toMatchObject({ code: 'RECORDING_EMPTY' });
    await expect(openFeed(path.join(root, 'nothing'))).rejects.toMatchObject({ code: 'INPUT_MISSING' });
    await expect(openFeed(path.join(root, '*.gz'))).rejects.toMatchObject({ code: 'INPUT_MISSING' });
    writeRecording(root, { lines: [makeRows(1)], header: { schema: 2, other: 'things' } });
    await expect(openFeed(root)).rejects.toMatchObject({ code: 'RECORDING_UNSUPPORTED' });
  });

  test('a type that is not there', async () => {
    const root = makeFolder();
    writeRecording(root, { lines: [makeRows(1)] });
    await expect(openFeed(root, { types: ['depth'] })).rejects.toMatchObject({
      code: 'RECORDING_EMPTY',
      hint: 'there are symbol rows',
    });
  });

  test('a file of something else', async () => {
    const file = path.join(makeFolder(), 'mine.csv');
    writeFileSync(file, 'symbol,ltp\nNSE:SBIN-EQ,800\n');
    const listener = await playAll(file);
    expect(await listener.end).toMatchObject({
      code: 'RECORDING_CORRUPT',
      message: expect.stringMatching(/^nothing of .* can be played$/),
      hint: expect.stringContaining('CSV'),
    });
  });
});

describe('closing', () => {
  test('is possible at any time, twice, and while it waits or is paused', async () => {
    const root = makeFolder();
    writeRecording(root, { lines: [makeRows(10, { stepMs: 60_000 })] });
    const prepared: ((opened: Opened) => Promise<unknown>)[] = [
      async () => {},
      ({ feed }) => feed.subscribe([]),
      async (opened) => {
        await opened.feed.subscribe([]);
        await advance(opened, 50);
      },
      async ({ feed, listener }) => {
        const first = new Promise<void>((resolve) => {
          listener.onRow = () => resolve();
        });
        await feed.subscribe([]);
        await first;
        feed.pause();
        await untilNextTurn();
      },
    ];
    for (const prepare of prepared) {
      const opened = await openFeed(root, { speed: 1 });
      await prepare(opened);
      await opened.feed.close();
      await opened.feed.close();
      expect(opened.clock.pending).toBe(0);
      expect(opened.listener.states.at(-1)).toBe('closed');
    }
  });
});
