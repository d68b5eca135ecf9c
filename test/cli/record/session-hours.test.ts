import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SegmentLookup } from '../../../src/lib/cli/record/segment-lookup.ts';
import { openSessionWindow } from '../../../src/lib/cli/record/session-hours.ts';
import { readCalendar } from '../../../src/lib/cli/settings/calendars.ts';
import type { Segment } from '../../../src/lib/market/topics.ts';
import { sessionsOf } from '../../../src/lib/market/trading-hours.ts';
import { type MasterLines, writeCachedMaster } from '../../support/cached-master.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { futureLine } from '../../symbols/master/csv-lines.ts';
import { CaptureStream } from '../program/capture-stream.ts';
import { makeContext, makeProgram } from '../program/make-program.ts';

const at = (ist: string): number => Date.parse(`${ist}+05:30`);

function makeHome(files: Readonly<Record<string, string>> = {}): string {
  const home = mkdtempSync(path.join(tmpdir(), 'tickpipe-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const folder = path.join(home, '.config', 'tickpipe', 'calendars');
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return home;
}

const programAt = (env: Readonly<Record<string, string>>) => ({
  env,
  clock: new ManualClock(at('2026-11-23T06:00:00')),
});

const knowsNothing: SegmentLookup = async () => new Map();

async function open(now: string, symbols = ['NSE:SBIN-EQ'], lookUp = knowsNothing, master?: MasterLines) {
  const clock = new ManualClock(at(now));
  const stderr = new CaptureStream();
  const home = makeHome();
  if (master) writeCachedMaster(home, master, clock.now());
  const program = makeProgram({ clock, stderr, env: { HOME: home } });
  const window = await openSessionWindow(symbols, makeContext(program), lookUp);
  return { clock, stderr, window };
}

describe('the window of --session-hours', () => {
  it('opens by the wall clock, also after a sleep of the machine', async () => {
    const { clock, stderr, window } = await open('2026-11-23T06:00:00');
    let isOpen = false;
    const waiting = window?.untilOpen(new AbortController().signal).then(() => {
      isOpen = true;
    });
    expect(stderr.text).toBe('waiting for the session: recording from 09:00:00 to 15:45:00 IST\n');
    clock.advance(60_000);
    await Promise.resolve();
    expect(isOpen).toBe(false);
    clock.jumpWall(3 * 3_600_000);
    clock.advance(1_000);
    await waiting;
    expect(isOpen).toBe(true);
    expect(window?.closesMs).toBe(at('2026-11-23T15:45:00'));
    expect(clock.pending).toBe(0);
  });

  it('is open at once during the session', async () => {
    const { stderr, window, clock } = await open('2026-11-23T10:00:00');
    await window?.untilOpen(new AbortController().signal);
    expect(stderr.text).toBe('');
    expect(clock.pending).toBe(0);
  });

  it('stops waiting at the signal', async () => {
    const { window, clock } = await open('2026-11-23T06:00:00');
    const ending = new AbortController();
    const waiting = window?.untilOpen(ending.signal);
    ending.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['2026-11-24T08:00:00', 'no session on 2026-11-24: Guru Nanak Jayanti\n'],
    ['2026-11-22T08:00:00', 'no session on 2026-11-22: a weekend\n'],
    ['2026-11-23T16:00:00', "today's session ended at 15:45:00 IST\n"],
  ])('at %s: %j', async (now, text) => {
    const { stderr, window } = await open(now);
    expect(window).toBeUndefined();
    expect(stderr.text).toBe(text);
  });

  it('warns of a year without a calendar', async () => {
    const { stderr, window } = await open('2031-11-24T10:00:00');
    expect(window).toBeDefined();
    expect(stderr.text).toContain('warning: there is no trading calendar of 2031: ');
  });
});

describe('the hours of a symbol whose name does not decide them', () => {
  const GOLD = 'NSE:GOLDM26DECFUT';
  const BOND = 'NSE:718GS203326DECFUT';
  const SHARE = 'NSE:RELIANCE26DECFUT';

  it.each<[string, string, Segment, string]>([
    [GOLD, '20:00', 'nse_com', '2026-12-01T00:10:00'],
    [BOND, '16:30', 'cde_fo', '2026-11-30T17:15:00'],
    [SHARE, '12:00', 'nse_fo', '2026-11-30T15:55:00'],
    ['BSE:718GS203326DECFUT', '16:30', 'bcs_fo', '2026-11-30T17:15:00'],
  ])('%s at %s: those of the segment that FYERS names, %s', async (symbol, time, segment, closes) => {
    const asked: string[] = [];
    const lookUp: SegmentLookup = async (symbols) => {
      asked.push(...symbols);
      return new Map([[symbol, segment]]);
    };
    const { window, stderr } = await open(`2026-11-30T${time}:00`, ['NSE:SBIN-EQ', symbol], lookUp);
    expect(window?.closesMs).toBe(at(closes));
    expect(asked).toEqual([symbol]);
    expect(stderr.text).toBe('');
  });

  it('end with those of its own segment', async () => {
    const { window, stderr } = await open('2026-11-30T20:00:00', [SHARE], async () => new Map([[SHARE, 'nse_fo']]));
    expect(window).toBeUndefined();
    expect(stderr.text).toBe("today's session ended at 15:55:00 IST\n");
  });

  it.each<[string, SegmentLookup]>([
    ['FYERS does not know it', knowsNothing],
    ['FYERS cannot be asked', () => Promise.reject(new Error('no token'))],
  ])('are the longest possible when %s, with a warning', async (_, lookUp) => {
    const { window, stderr } = await open('2026-11-30T20:00:00', ['NSE:SBIN-EQ', GOLD], lookUp);
    expect(window?.closesMs).toBe(at('2026-12-01T00:10:00'));
    expect(stderr.text).toMatch(
      /^warning: the name does not decide the market of NSE:GOLDM26DECFUT, .* to 00:10:00 IST\n$/,
    );
  });

  it('need no warning when they make no difference', async () => {
    const { stderr } = await open('2026-11-30T12:00:00', [GOLD, 'MCX:GOLD26DECFUT']);
    expect(stderr.text).toBe('');
  });

  it('are not looked up when the names decide them', async () => {
    const lookUp: SegmentLookup = () => expect.unreachable();
    const { window } = await open('2026-11-30T18:00:00', ['NSE:NIFTY26DECFUT', 'NSE:EURUSD26DECFUT'], lookUp);
    expect(window?.closesMs).toBe(at('2026-11-30T19:45:00'));
  });
});

describe('with a cached symbol master', () => {
  const MINT = 'MCX:MENTHAOIL26DECFUT';
  const GOLD = 'NSE:GOLDM26DECFUT';
  const withHours = (line: string, hours: string): string => line.replace('0915-1530', hours);
  const files = {
    MCX_COM: [withHours(futureLine('MCX_COM', 'MENTHAOIL', '2026-12-31', 1), '0900-1700')],
    NSE_COM: [withHours(futureLine('NSE_COM', 'GOLDM', '2026-12-31', 2), '0900-2330')],
  };

  it('an instrument is recorded for its own session, and nobody is asked', async () => {
    const lookUp: SegmentLookup = () => expect.unreachable();
    const now = '2026-11-30T12:00:00';
    const mint = await open(now, [MINT], lookUp, files);
    expect(mint.window?.closesMs).toBe(at('2026-11-30T17:15:00'));
    const gold = await open(now, [MINT, GOLD], lookUp, files);
    expect(gold.window?.closesMs).toBe(at('2026-12-01T00:10:00'));
    expect(gold.stderr.text).toBe('');
  });

  it('holidays remain those of the calendar', async () => {
    const { window, stderr } = await open('2026-12-25T10:00:00', [MINT], knowsNothing, files);
    expect(window).toBeUndefined();
    expect(stderr.text).toBe('no session on 2026-12-25: Christmas\n');
  });
});

describe('calendar files', () => {
  const holiday = (date: string): string =>
    JSON.stringify({ year: 2027, days: [{ date, name: 'mine', hours: { equity: 'closed' } }] });

  it('add to the calendar of the program; the last by name wins', async () => {
    const correction = { year: 2026, days: [{ date: '2026-11-24', name: 'not closed', hours: { all: 'usual' } }] };
    const home = makeHome({
      'a.json': holiday('2027-03-01'),
      'b.json': JSON.stringify(correction),
      'notes.txt': 'not a calendar',
    });
    const calendar = await readCalendar(programAt({ HOME: home }));
    expect(sessionsOf('nse_cm', '2027-03-01', calendar)).toEqual([]);
    expect(sessionsOf('nse_cm', '2026-11-24', calendar)).toHaveLength(1);
    expect(sessionsOf('nse_cm', '2026-12-25', calendar)).toEqual([]);
    expect(calendar.knows(2027)).toBe(true);
  });

  it('may have their own hours for pairs without the rupee', async () => {
    const hours = { currency: 'closed', cross_currency: [['10:00', '12:00']] };
    const day = { year: 2027, days: [{ date: '2027-03-01', name: 'a test', hours }] };
    const calendar = await readCalendar(programAt({ HOME: makeHome({ 'a.json': JSON.stringify(day) }) }));
    expect(sessionsOf('cde_fo', '2027-03-01', calendar)).toEqual([]);
    expect(sessionsOf('cross_currency', '2027-03-01', calendar)).toEqual([[36_000_000, 43_200_000]]);
  });

  it.each([
    ['not JSON', '{', /bad\.json: not JSON$/],
    ['no days', '{"year":2027}', /bad\.json: days: /],
    ['a date that is none', holiday('2027-02-30'), /bad\.json: days\.0\.date: expected a date/],
    ['a day of another year', holiday('2026-02-03'), /bad\.json: expected days of its year only$/],
    [
      'an unknown market',
      holiday('2027-03-01').replace('equity', 'stocks'),
      /bad\.json: days\.0\.hours: Unrecognized key: "stocks"$/,
    ],
    [
      'unknown hours',
      holiday('2027-03-01').replace('closed', 'noon'),
      /days\.0\.hours\.equity: expected closed, usual/,
    ],
    [
      'a session that ends before it begins',
      holiday('2027-03-01').replace('"closed"', '[["10:00","09:00"]]'),
      /days\.0\.hours\.equity/,
    ],
  ])('are refused with the place in the file: %s', async (_, text, message) => {
    await expect(readCalendar(programAt({ HOME: makeHome({ 'bad.json': text }) }))).rejects.toMatchObject({
      code: 'BAD_CONFIGURATION',
      message: expect.stringMatching(message),
    });
  });
});
