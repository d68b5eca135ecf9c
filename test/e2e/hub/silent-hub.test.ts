import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { endHub } from '../../../src/lib/cli/feed/end-hub.ts';
import { systemClock } from '../../../src/lib/clock/clock.ts';
import { identifySelf } from '../../../src/lib/host/process-identity.ts';
import type { LockHolder } from '../../../src/lib/host/process-lock.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { afterTest } from '../program.ts';
import { ended, SharedAccount } from './shared-account.ts';

const SBIN = 'NSE:SBIN-EQ';

describe('a hub that does not answer', () => {
  it('is named by quote and status, and ended by stop', async () => {
    const account = await SharedAccount.create({ rate: 200 });
    expect(await account.run(['quote', SBIN])).toMatchObject({ status: 0 });
    const pid = await account.hubPid();
    process.kill(pid, 'SIGSTOP');
    const silence = `the shared session (pid ${pid}) does not answer`;
    const quote = await account.run(['quote', SBIN, '--timeout', '8s']);
    expect(quote).toMatchObject({ status: 5, stdout: '' });
    expect(quote.stderr).toBe(
      `warning: ${silence}; tickpipe stop ends it\nerror: ${silence}\nhint: tickpipe stop ends it\n`,
    );
    const message = `error: the shared session (pid ${pid}) does not answer\nhint: tickpipe stop ends it\n`;
    expect(await account.run(['status'])).toMatchObject({ status: 5, stdout: '', stderr: message });
    const stopped = await account.run(['stop', '--verbose']);
    expect(stopped).toMatchObject({ status: 0 });
    expect(stopped.stderr).toContain(`ended the hub (pid ${pid}), which did not answer`);
    await ended(pid);
    expect(await account.run(['quote', SBIN])).toMatchObject({ status: 0 });
  }, 90_000);

  it('is killed when SIGTERM does not end it', async () => {
    const script = `process.on('SIGTERM', () => console.log('ignored')); console.log('ready'); setInterval(() => {}, 1e6);`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    afterTest(() => child.kill('SIGKILL'));
    const output = child.stdout as Readable;
    await once(output, 'data');
    const clock = new ManualClock();
    const pid = child.pid as number;
    const { start } = identifySelf();
    const identity = { pid, start: start.startsWith('b') ? await startOf(pid, start) : start };
    const holder: LockHolder = { key: '', pid, role: 'hub', place: 'here', host: undefined, identity, file: '' };
    const exited = once(child, 'exit');
    let isSettled = false;
    const ending = endHub(holder, clock, new AbortController().signal).finally(() => {
      isSettled = true;
    });
    await once(output, 'data');
    while (!isSettled) {
      if (clock.pending > 0) clock.advance(100);
      await new Promise(setImmediate);
    }
    await ending;
    expect(await exited).toEqual([null, 'SIGKILL']);
  });

  it('of another container is not ended from here, since its pid is another process here', async () => {
    const identity = { ...identifySelf(), place: '1-00000000' };
    const pid = process.pid;
    const holder: LockHolder = { key: '', pid, role: 'hub', place: 'elsewhere', host: 'there', identity, file: '/f' };
    await expect(endHub(holder, systemClock, new AbortController().signal)).rejects.toMatchObject({
      code: 'HUB_UNAVAILABLE',
      message: expect.stringContaining(`pid ${pid} on host there`),
      hint: expect.stringContaining('remove /f'),
    });
  });
});

async function startOf(pid: number, ours: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  return ours.replace(/-\d+$/, `-${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`);
}
