import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { identifySelf, isRunning, lookUp } from '../../src/lib/host/process-identity.ts';

const startedAtS = (): number => Math.round(Date.now() / 1000 - process.uptime());

describe('process identity', () => {
  it('says the same of this process each time, without dots', () => {
    const self = identifySelf();
    expect(self).toEqual(identifySelf());
    expect(self.pid).toBe(process.pid);
    expect(self.start).toMatch(/^(?:b[0-9a-f]{8}-\d+|s\d+)$/);
    expect(isRunning(self)).toBe(true);
  });

  it('knows that a process has ended', async () => {
    const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
    await once(child, 'exit');
    const pid = child.pid as number;
    expect(isRunning({ pid, start: identifySelf().start })).toBe(false);
    expect(isRunning({ pid, start: `s${startedAtS()}` })).toBe(false);
  });

  it('knows another process under the same pid', () => {
    const { pid } = process;
    const { place } = identifySelf();
    expect(isRunning({ pid, start: 'b00000000-1' })).toBe(process.platform !== 'linux');
    expect(isRunning({ pid, start: 'b00000000-1', place })).toBe(process.platform !== 'linux');
    expect(isRunning({ pid: process.ppid, start: identifySelf().start })).toBe(false);
  });

  it.runIf(process.platform === 'linux')('does not take a pid of elsewhere for one of its own', () => {
    const { pid, start, place } = identifySelf();
    const [namespace, machine] = (place ?? '').split('-');
    expect(place).toMatch(/^\d+-[0-9a-f]{8}$/);
    expect(lookUp({ pid, start, place })).toBe('running');
    // Of another container: nobody has this number here.
    expect(lookUp({ pid: 2 ** 40, start, place: `1-${machine}` })).toBe('unknown');
    expect(isRunning({ pid: 2 ** 40, start, place: `1-${machine}` })).toBe(true);
    // Of an earlier boot, and of another machine.
    expect(lookUp({ pid, start: 'b00000000-1', place: `1-${machine}` })).toBe('ended');
    expect(lookUp({ pid, start: 'b00000000-1', place: `${namespace}-00000000` })).toBe('unknown');
  });

  it('compares start times by ps where there is no /proc', () => {
    expect(isRunning({ pid: process.pid, start: `s${startedAtS()}` })).toBe(true);
    expect(isRunning({ pid: process.pid, start: `s${startedAtS() - 3600}` })).toBe(false);
  });

  it('takes pids that cannot be for ended ones', () => {
    expect(isRunning({ pid: 2 ** 40, start: identifySelf().start })).toBe(false);
  });

  it.runIf(process.platform === 'linux')('takes a zombie for ended', async () => {
    // The shell starts a child that ends with our pipe, then puts a program in its own place that never collects it.
    const script = 'cat <&3 & echo $!; exec sleep 30';
    const parent = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
    try {
      const [text] = (await once(parent.stdout as Readable, 'data')) as [Buffer];
      const pid = Number(text.toString());
      const { readFile } = await import('node:fs/promises');
      while ((await readFile(`/proc/${parent.pid}/comm`, 'latin1')) !== 'sleep\n');
      (parent.stdio[3] as Writable).end();
      const isZombie = async (): Promise<boolean> => / Z /.test(await readFile(`/proc/${pid}/stat`, 'latin1'));
      while (!(await isZombie()));
      const ticks = (await readFile(`/proc/${pid}/stat`, 'latin1')).split(') ')[1]?.split(' ')[19];
      const start = identifySelf().start.replace(/-\d+$/, `-${ticks}`);
      expect(isRunning({ pid, start })).toBe(false);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
