import { spawn, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { emptyFolder, environment, PROGRAM, Running, rowsOf, simulate } from './program.ts';

/* Two containers with one home, as a volume makes them: pid namespaces of their own, where pids of the other mean nothing. */

const SBIN = 'NSE:SBIN-EQ';
/** Root may do it as it is; others become root of a namespace of their own. */
const UNSHARE = ['--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child'] as const;
const canUnshare = spawnSync('unshare', [...UNSHARE, 'true']).status === 0;

function startInContainer(args: readonly string[], env: NodeJS.ProcessEnv): Running {
  const command = [...UNSHARE, process.execPath, PROGRAM, ...args];
  return new Running(spawn('unshare', command, { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] }));
}

// Where it cannot be done, test/host/process-lock.process.test.ts shows the same with locks as another container leaves them.
describe.runIf(canUnshare)('two containers with one home', () => {
  it('have one live connection, which is free again when its holder is killed', async () => {
    const simulator = await simulate();
    const env = { ...simulator.environment, HOME: emptyFolder() };
    const args = ['stream', 'symbols', SBIN, '--direct'];
    const first = startInContainer(args, env);
    await first.until(() => first.rows.length > 0);
    const second = await startInContainer([...args, '--count', '1'], env).ended;
    expect(second).toMatchObject({ status: 6, stdout: '' });
    expect(second.stderr).toMatch(/^error: another tickpipe \(pid \d+ on host \S+\) holds the live connection/m);
    expect(simulator.connections).toHaveLength(1);
    first.child.kill('SIGKILL');
    await first.ended;
    const third = await startInContainer([...args, '--count', '1'], env).ended;
    expect(third).toMatchObject({ status: 0 });
    expect(rowsOf(third.stdout)).toHaveLength(1);
  });

  it('share one session', async () => {
    const simulator = await simulate();
    const env = { ...simulator.environment, HOME: emptyFolder(), TICKPIPE_DIRECT: undefined };
    const first = startInContainer(['stream', 'symbols', SBIN], env);
    await first.until(() => first.rows.length > 0);
    expect(await startInContainer(['quote', SBIN], env).ended).toMatchObject({ status: 0 });
    expect(simulator.connections).toHaveLength(1);
    const stopped = await startInContainer(['stop', '--verbose'], env).ended;
    expect(stopped).toMatchObject({ status: 0, stderr: expect.stringContaining('stopped the hub') });
  });
});
