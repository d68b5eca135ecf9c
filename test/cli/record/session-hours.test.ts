import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSessionWindow } from '../../../src/lib/cli/record/session-hours.ts';
import { readCalendar } from '../../../src/lib/cli/settings/calendars.ts';
import { Reporter } from '../../../src/lib/cli/stderr.ts';
import { sessionsOf } from '../../../src/lib/market/sessions.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { CaptureStream } from '../capture-stream.ts';
import { makeProgram } from '../make-program.ts';

const at = (ist: string): number => Date.parse(`${ist}+05:30`);

function makeHome(files: Readonly<Record<string, string>> = {}): string {
  const home = mkdtempSync(path.join(tmpdir(), 'tickpipe-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const folder = path.join(home, '.config', 'tickpipe', 'calendars');
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return home;
}

async function open(now: string, symbols = ['NSE:SBIN-EQ']) {
  const clock = new ManualClock(at(now));
  const stderr = new CaptureStream();
  const program = makeProgram({ clock, stderr, env: { HOME: makeHome() } });
  const window = await openSessionWindow(symbols, program, new Reporter(stderr, { level: 'normal', format: 'text' }));
  return { clock, stderr, window };
}

describe('the window of --session-hours', () => {
  it('is waited for, by the wall clock, also over a sleep of the machine', async () => {
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

  it('is open at once inside it', async () => {
    const { stderr, window, clock } = await open('2026-11-23T10:00:00');
    await window?.untilOpen(new AbortController().signal);
    expect(stderr.text).toBe('');
    expect(clock.pending).toBe(0);
  });

  it('is given up with the signal', async () => {
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
    ['2026-11-23T16:00:00', "today's session is over since 15:45:00 IST\n"],
  ])('at %s: %j', async (now, text) => {
    const { stderr, window } = await open(now);
    expect(window).toBeUndefined();
    expect(stderr.text).toBe(text);
  });

  it('says that it knows no holidays of a year', async () => {
    const { stderr, window } = await open('2031-11-24T10:00:00');
    expect(window).toBeDefined();
    expect(stderr.text).toContain('warning: no trading calendar of 2031: ');
  });
});

describe('calendar files', () => {
  const holiday = (date: string): string =>
    JSON.stringify({ year: 2027, days: [{ date, name: 'mine', hours: { equity: 'closed' } }] });

  it('are added to what comes with the program, the last by name right', async () => {
    const correction = { year: 2026, days: [{ date: '2026-11-24', name: 'not closed', hours: { all: 'usual' } }] };
    const home = makeHome({
      'a.json': holiday('2027-03-01'),
      'b.json': JSON.stringify(correction),
      'notes.txt': 'not a calendar',
    });
    const calendar = await readCalendar({ HOME: home });
    expect(sessionsOf('nse_cm', '2027-03-01', calendar)).toEqual([]);
    expect(sessionsOf('nse_cm', '2026-11-24', calendar)).toHaveLength(1);
    expect(sessionsOf('nse_cm', '2026-12-25', calendar)).toEqual([]);
    expect(calendar.knows(2027)).toBe(true);
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
  ])('are refused with the place: %s', async (_, text, message) => {
    await expect(readCalendar({ HOME: makeHome({ 'bad.json': text }) })).rejects.toMatchObject({
      code: 'BAD_CONFIGURATION',
      message: expect.stringMatching(message),
    });
  });
});
