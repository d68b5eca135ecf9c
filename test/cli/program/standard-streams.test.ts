import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { closeStreams, guardStdout } from '../../../src/lib/cli/program/standard-streams.ts';
import type { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';

const broken = (code: string): Error => Object.assign(new Error(code), { code });

describe('guardStdout', () => {
  function guard() {
    const stdout = new Writable({ autoDestroy: false, write: (_chunk, _encoding, done) => done() });
    const failures: TickpipeError[] = [];
    guardStdout(stdout, (error) => failures.push(error));
    return { stdout, failures };
  }

  test('ignores a closed pipe', () => {
    const { stdout, failures } = guard();
    stdout.emit('error', broken('EPIPE'));
    expect(failures).toEqual([]);
  });

  test('reports other errors as OUTPUT_FAILED', () => {
    const { stdout, failures } = guard();
    stdout.emit('error', broken('ENOSPC'));
    expect(failures).toMatchObject([{ code: 'OUTPUT_FAILED', message: 'stdout cannot be written: ENOSPC', exit: 7 }]);
  });

  test('leaves errors to a writer that listens', () => {
    const { stdout, failures } = guard();
    const heard: Error[] = [];
    stdout.on('error', (error) => heard.push(error));
    stdout.emit('error', broken('ENOSPC'));
    expect(heard).toHaveLength(1);
    expect(failures).toEqual([]);
  });
});

describe('closeStreams', () => {
  test('waits until everything has been written', async () => {
    const finish: (() => void)[] = [];
    const slow = new Writable({ write: (_chunk, _encoding, done) => void finish.push(done) });
    slow.write('row');
    let closed = false;
    const closing = closeStreams({ stream: slow }, undefined).then(() => {
      closed = true;
    });
    await Promise.resolve();
    expect(closed).toBe(false);
    finish[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    finish[1]?.();
    await closing;
  });

  test('does not wait for streams that are unused, empty, destroyed or fail', async () => {
    const idle = new Writable({ write: () => {} });
    const destroyed = new Writable({ write: () => {} }).destroy();
    await closeStreams(undefined, undefined);
    await closeStreams({ stream: idle }, { stream: destroyed });
    const breaking = new Writable({ write: () => {} }).on('error', () => {});
    breaking.write('row');
    const closing = closeStreams({ stream: breaking }, { stream: idle });
    breaking.destroy(broken('EPIPE'));
    await closing;
  });

  test('gives up on a reader of stderr that reads nothing', async () => {
    const stuck = new Writable({ write: () => {} });
    stuck.write('message');
    await closeStreams(undefined, { stream: stuck });
    expect(stuck.writableLength).toBeGreaterThan(0);
  });
});
