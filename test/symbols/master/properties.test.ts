import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MasterFile } from '../../../src/lib/symbols/master/master-file.ts';
import { MasterFileBuilder } from '../../../src/lib/symbols/master/master-file-builder.ts';
import { matchWords, NO_MATCH, TIERS } from '../../../src/lib/symbols/master/match-words.ts';
import { openMaster } from '../../../src/lib/symbols/master/opened-master.ts';
import type { ListedInstrument, MasterFileName } from '../../../src/lib/symbols/master/symbol-master.ts';
import { instrumentsOf, NOW_MS } from './csv-lines.ts';
import { firstOfEach, instrumentsOfFile, MADE_UP_FILES, pickWords, somePicks } from './made-up-instruments.ts';
import { rate, type SortKey, searchPlainly } from './search-reference.ts';

function buildBytes(name: MasterFileName, instruments: readonly ListedInstrument[]): Buffer {
  const builder = new MasterFileBuilder();
  for (const instrument of instruments) builder.add(instrument);
  return builder.build({
    name,
    checkedAtMs: NOW_MS,
    fetchedAtMs: NOW_MS,
    etag: '"tag"',
    lastModified: undefined,
    hasExtras: true,
  });
}

function readBytes(bytes: Buffer): MasterFile {
  const file = MasterFile.read(bytes);
  if (file === undefined) throw new Error('what was just written cannot be read');
  return file;
}

const bySymbol = (one: ListedInstrument, other: ListedInstrument): number => (one.symbol < other.symbol ? -1 : 1);
const someFile = fc
  .constantFrom(...MADE_UP_FILES)
  .chain((name) => fc.tuple(fc.constant(name), instrumentsOfFile(name, 30)));

describe('the binary form of a file', () => {
  it('gives back every instrument, finds each, and finds nothing else', () => {
    fc.assert(
      fc.property(someFile, ([name, instruments]) => {
        const expected = firstOfEach(instruments);
        const file = readBytes(buildBytes(name, instruments));
        expect(instrumentsOf(file).sort(bySymbol)).toEqual([...expected].sort(bySymbol));
        expect(file.facts.skippedRows).toBe(instruments.length - expected.length);
        for (const { symbol, fytoken } of expected) {
          expect(file.symbolAt(file.findRow(symbol))).toBe(symbol);
          expect(file.findRow(`${symbol}X`)).toBe(-1);
          const sameToken = expected.filter((one) => one.fytoken === fytoken).map((one) => one.symbol);
          const token = fytoken.slice(10);
          const rows = file.rowsOfToken(token).map((row) => file.instrumentAt(row));
          expect(rows.every((row) => row.fytoken.slice(10) === token)).toBe(true);
          expect(rows.map((row) => row.symbol)).toEqual(expect.arrayContaining(sameToken));
        }
        expect(file.findRow('')).toBe(-1);
      }),
      { numRuns: 200 },
    );
  });

  it('is the same after a confirmation, but for its time', () => {
    fc.assert(
      fc.property(someFile, ([name, instruments]) => {
        const file = readBytes(buildBytes(name, instruments));
        const confirmed = readBytes(file.confirm(NOW_MS + 1));
        expect(confirmed.facts).toEqual({ ...file.facts, checkedAtMs: NOW_MS + 1 });
        expect(instrumentsOf(confirmed)).toEqual(instrumentsOf(file));
      }),
      { numRuns: 50 },
    );
  });

  it('is refused when it is cut or changed anywhere', () => {
    fc.assert(
      fc.property(someFile, fc.nat(), fc.integer({ min: 1, max: 255 }), ([name, instruments], place, change) => {
        const bytes = buildBytes(name, instruments);
        const at = place % bytes.length;
        expect(MasterFile.read(bytes.subarray(0, at))).toBeUndefined();
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ change;
        // The last four bytes of the head hold nothing.
        if (at < 20 || at >= 24) expect(MasterFile.read(changed)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('is read from any place in memory', () => {
    const bytes = buildBytes('NSE_CM', []);
    const shifted = Buffer.concat([Buffer.from('x'), bytes]).subarray(1);
    expect(MasterFile.read(shifted)?.rows).toBe(0);
  });
});

describe('a search', () => {
  const someMaster = fc.record({
    NSE_CM: instrumentsOfFile('NSE_CM', 20),
    NSE_FO: instrumentsOfFile('NSE_FO', 40),
    BSE_CM: instrumentsOfFile('BSE_CM', 6),
    BSE_FO: instrumentsOfFile('BSE_FO', 10),
  });
  const someNow = fc.constantFrom(NOW_MS, Date.parse('2026-12-02T10:00:00+05:30'));

  it('finds what a plain search of each instrument finds, in the same order', () => {
    let matches = 0;
    fc.assert(
      fc.property(someMaster, somePicks, someNow, fc.integer({ min: 1, max: 8 }), (files, picks, nowMs, limit) => {
        const text = pickWords(Object.values(files).flat(), picks).join(' ').toLowerCase();
        const master = openMaster(MADE_UP_FILES.map((name) => readBytes(buildBytes(name, files[name]))));
        const expected = searchPlainly(
          MADE_UP_FILES.flatMap((name) => firstOfEach(files[name])),
          text,
          nowMs,
        );
        const keys = new Map<string, SortKey>(expected.map(({ symbol, key }) => [symbol, key]));
        const all = master.search({ text, nowMs, limit: 1_000 }).map(({ symbol }) => symbol);
        expect([...all].sort()).toEqual(expected.map(({ symbol }) => symbol).sort());
        expect(all.map((symbol) => keys.get(symbol))).toEqual(expected.map(({ key }) => key));
        expect(master.search({ text, nowMs, limit }).map(({ symbol }) => symbol)).toEqual(all.slice(0, limit));
        matches += Math.min(1, all.length);
      }),
      { numRuns: 400 },
    );
    // Enough queries have to find something, or the property says little.
    expect(matches).toBeGreaterThan(80);
  });

  it('rates each row as a plain look at its texts does', () => {
    let matches = 0;
    fc.assert(
      fc.property(someFile, somePicks, ([name, instruments], picks) => {
        const words = pickWords(instruments, picks);
        fc.pre(words.length > 0);
        const file = readBytes(buildBytes(name, instruments));
        const matcher = matchWords(file, words);
        const [best, others] = TIERS.map((tier) => new Set(matcher.stemsIn({ from: 0, to: file.stems }, tier)));
        const stems = new Set([...(best ?? []), ...(others ?? [])]);
        for (let row = 0; row < file.rows; row++) {
          const instrument = file.instrumentAt(row);
          const stem = file.stemOf(row);
          const rating = stems.has(stem) ? matcher.rate(stem, file.rowEnding[row] as number) : NO_MATCH * 2;
          expect([instrument.symbol, rating]).toEqual([instrument.symbol, rate(instrument, words)]);
          if (rating >> 1 === TIERS[0]) expect(best).toContain(stem);
          matches += Number(rating !== NO_MATCH * 2);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(matches).toBeGreaterThan(500);
  });

  it('passes a filter exactly when the instrument does', () => {
    fc.assert(
      fc.property(
        someMaster,
        fc.record({
          exchange: fc.constantFrom(undefined, 'NSE', 'BSE'),
          type: fc.constantFrom(undefined, 'equity', 'index', 'future', 'option'),
          strike: fc.constantFrom(undefined, 2.5, 24_000),
          right: fc.constantFrom(undefined, 'CE', 'PE'),
          expiry: fc.constantFrom(undefined, '2026-12-29', '2026-12-30'),
        } as const),
        (files, filters) => {
          const master = openMaster(MADE_UP_FILES.map((name) => readBytes(buildBytes(name, files[name]))));
          const { exchange, type, strike, right, expiry } = filters;
          const passing = MADE_UP_FILES.flatMap((name) => firstOfEach(files[name])).filter(
            (one) =>
              (exchange === undefined || one.exchange === exchange) &&
              (type === undefined || one.type === type) &&
              (strike === undefined || one.strike === strike) &&
              (right === undefined || one.right === right) &&
              (expiry === undefined ||
                (one.expiresAtMs !== null && new Date(one.expiresAtMs).toISOString().startsWith(expiry))),
          );
          const found = master.search({ text: '', nowMs: NOW_MS, limit: 1_000, ...filters });
          expect(found.map(({ symbol }) => symbol).sort()).toEqual(passing.map(({ symbol }) => symbol).sort());
        },
      ),
      { numRuns: 200 },
    );
  });
});
