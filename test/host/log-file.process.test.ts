import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BackgroundLog, MAX_LOG_BYTES } from '../../src/lib/host/log-file.ts';
import { ManualClock } from '../support/manual-clock.ts';

let folder: string;
let file: string;
let log: BackgroundLog;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-log-'));
  file = path.join(folder, 'state', 'tickpipe', 'hub.log');
  log = new BackgroundLog([file], new ManualClock(Date.parse('2026-11-23T04:30:00Z')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (name: string): number => statSync(name).mode & 0o777;
const readLog = (name = file): string => readFileSync(name, 'utf8');

describe('BackgroundLog', () => {
  it('writes lines with their time, for the user only', () => {
    log.write('serving');
    log.write('ended');
    expect(readLog()).toBe('2026-11-23T10:00:00.000+05:30 serving\n2026-11-23T10:00:00.000+05:30 ended\n');
    expect(modeOf(file)).toBe(0o600);
    expect(modeOf(path.dirname(file))).toBe(0o700);
  });

  it('makes nothing before there is something to say', () => {
    expect(readdirSync(folder)).toEqual([]);
  });

  it('closes a file to others that was open to them', () => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '');
    chmodSync(file, 0o644);
    log.write('x');
    expect(modeOf(file)).toBe(0o600);
  });

  it('keeps a text to one line of bounded length', () => {
    log.write(`a\nb\r\u001b[31mc${'d'.repeat(100_000)}`);
    const text = readLog();
    expect(text).toMatch(/^\S+ a b cd+\n$/);
    expect(text.length).toBeLessThan(4_200);
  });

  it('is bounded: a full file makes way, once', () => {
    const line = 'x'.repeat(4_000);
    for (let count = 0; count < 600; count++) log.write(`${count} ${line}`);
    expect(readdirSync(path.dirname(file)).sort()).toEqual(['hub.log', 'hub.log.1']);
    for (const name of [file, `${file}.1`]) expect(statSync(name).size).toBeLessThanOrEqual(MAX_LOG_BYTES);
    const [before, now] = [readLog(`${file}.1`), readLog()];
    expect(before.length).toBeGreaterThan(MAX_LOG_BYTES - 4_200);
    expect(now).toMatch(/ 599 x+\n$/);
    const next = Number(/ (\d+) x+\n$/.exec(before)?.[1]) + 1;
    expect(now.split(' ')[1]).toBe(String(next));
    expect(modeOf(`${file}.1`)).toBe(0o600);
  });

  it('begins anew where the file was moved away or the directory removed', () => {
    log.write('one');
    renameSync(file, `${file}.kept`);
    log.write('two');
    expect(readLog()).toMatch(/\+05:30 two\n$/);
    rmSync(path.join(folder, 'state'), { recursive: true });
    log.write('three');
    expect(readLog()).toMatch(/\+05:30 three\n$/);
  });

  it.each([
    ['a full disk', '/dev/full'],
    ['no directory to be had', '/proc/tickpipe/hub.log'],
    ['a directory in its place', tmpdir()],
  ])('goes on with %s', (_, name) => {
    expect(new BackgroundLog([name], new ManualClock()).write('x')).toBeUndefined();
  });

  it('is where it can be written, and says where that is', () => {
    // Nobody makes a folder in a file, not even root.
    const blocked = path.join(folder, 'file');
    writeFileSync(blocked, '');
    const nowhere = path.join(blocked, 'below', 'log');
    const spare = path.join(folder, 'spare', 'log');
    const spared = new BackgroundLog([nowhere, spare], new ManualClock());
    expect(spared.open()).toBe(spare);
    spared.write('here');
    expect(readFileSync(spare, 'utf8')).toMatch(/ here\n$/);
    expect(new BackgroundLog([nowhere, nowhere], new ManualClock()).open()).toBeUndefined();
  });

  it('does not wait for the reader of a pipe in its place', () => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(new BackgroundLog([pipe], new ManualClock()).open()).toBeUndefined();
  });
});
