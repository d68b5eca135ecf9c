import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { keepIgnored, type ProcessFacts, readProcessStart } from '../../../src/lib/cli/program/process-start.ts';
import { Interrupts } from '../../../src/lib/cli/program/signals.ts';

const PID = 4_000;
const PPID = 3_999;

function facts(given: Partial<ProcessFacts> & { readonly files?: Readonly<Record<string, string>> }): ProcessFacts {
  const read = (file: string): string => {
    const text = given.files?.[file];
    if (text === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    return text;
  };
  return { env: {}, pid: PID, ppid: PPID, readFile: read, readLink: read, ...given };
}

const parent = (name: string, mask: string): Record<string, string> => ({
  [`/proc/${PPID}/status`]: `Name:\t${name}\nPid:\t${PPID}\nSigBlk:\tffffffffffffffff\nSigIgn:\t${mask}\n`,
});
const ignoredBy = (given: Parameters<typeof facts>[0]): string[] => [...readProcessStart(facts(given)).ignored];

describe('the note of the launcher', () => {
  test.each([
    [`${PID} 1 `, ['SIGHUP'], false],
    [`${PID} 16387 0`, ['SIGHUP', 'SIGINT', 'SIGTERM'], false],
    [`${PID} 6 12`, ['SIGINT'], true],
    [`${PID} 0 `, [], false],
  ])('%j', (note, ignored, isStdoutClosed) => {
    const start = readProcessStart(facts({ env: { TICKPIPE_STARTED: note, _: '/usr/bin/nohup' } }));
    expect([[...start.ignored], start.isStdoutClosed]).toEqual([ignored, isStdoutClosed]);
  });

  test.each([`${PID + 1} 1 1`, `${PID} 1`, 'yes', ''])('%j says nothing of this process', (note) => {
    const start = readProcessStart(facts({ env: { TICKPIPE_STARTED: note } }));
    expect([[...start.ignored], start.isStdoutClosed]).toEqual([[], false]);
  });
});

describe('without a launcher', () => {
  test.each([
    ['a shell that runs a script', 'sh', '0000000000004003', ['SIGHUP', 'SIGINT', 'SIGTERM']],
    ['an interactive shell, which ignores SIGTERM for itself', 'bash', '0000000000384005', ['SIGHUP']],
    ['a caller of system(3), which ignores SIGINT for itself', 'vim', '0000000000000007', ['SIGHUP']],
    ['a program without ignored signals but SIGPIPE', 'systemd', '0000000000001000', []],
    ['signals above the 31st', 'sh', '7fffffff00000000', []],
  ])('the parent is %s', (_, name, mask, ignored) => {
    expect(ignoredBy({ files: parent(name, mask) })).toEqual(ignored);
  });

  test('bash puts nohup into `_`', () => {
    expect(ignoredBy({ env: { _: '/usr/bin/nohup' } })).toEqual(['SIGHUP']);
    expect(ignoredBy({ env: { _: '/usr/bin/node' } })).toEqual([]);
  });

  test.each([
    ['02100001', '/dev/null', ['SIGHUP']],
    ['0100000', '/dev/null', []],
    ['0100002', '/dev/null', []],
    ['0100001', '/tmp/file', []],
  ])('nohup leaves a /dev/null on stdin that cannot be read: flags %s of %s', (flags, target, ignored) => {
    const files = { '/proc/self/fdinfo/0': `pos:\t0\nflags:\t${flags}\nmnt_id:\t1\n`, '/proc/self/fd/0': target };
    expect(ignoredBy({ files })).toEqual(ignored);
  });

  test('without /proc nothing is ignored', () => {
    expect(ignoredBy({})).toEqual([]);
  });
});

test('an ignored signal reaches no listener, others do', () => {
  const source = new EventEmitter();
  const exits: number[] = [];
  const interrupts = new Interrupts(keepIgnored(source, new Set(['SIGHUP'])), (status) => exits.push(status));
  // Without any listener Node would let the signal end the process.
  expect(source.listenerCount('SIGHUP')).toBe(1);
  source.emit('SIGHUP');
  source.emit('SIGHUP');
  expect([interrupts.status, interrupts.signal.aborted, exits]).toEqual([undefined, false, []]);
  source.emit('SIGINT');
  source.emit('SIGHUP');
  expect([interrupts.status, exits]).toEqual([130, []]);
  interrupts.close();
  expect(source.listenerCount('SIGHUP')).toBe(1);
});
