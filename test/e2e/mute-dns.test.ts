import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeToken } from '../support/make-token.ts';
import { emptyFolder, environment, PROGRAM, Running } from './program.ts';

/*
 * A name server that never answers, in a network of the program's own: what it asks there is lost. getaddrinfo(3) would wait for
 * minutes with these options, and `process.exit` for it.
 */

const OPTIONS = 'options timeout:30 attempts:4\n';
/** Root may do it as it is; others become root of a namespace of their own. */
const UNSHARE = ['unshare', '--map-root-user', '--net', '--mount'] as const;

const canUnshare =
  spawnSync(UNSHARE[0], [...UNSHARE.slice(1), 'mount', '--bind', '/etc/hosts', '/etc/hosts']).status === 0;

/** Binds the port, so that asking there is not refused, and says so; then runs the program with what is left of its arguments. */
const MUTE_SERVER = `
  const { createSocket } = require('node:dgram');
  const { spawn } = require('node:child_process');
  const server = createSocket('udp4');
  server.once('message', () => process.stderr.write('asked\\n'));
  server.bind(53, '127.0.0.1', () => {
    const child = spawn(process.execPath, process.argv.slice(1), { stdio: 'inherit' });
    process.on('SIGINT', () => child.kill('SIGINT'));
    child.once('exit', (status) => process.exit(status));
  });`;

function startWithoutDns(args: readonly string[]): Running {
  const folder = emptyFolder();
  const resolv = path.join(folder, 'resolv.conf');
  writeFileSync(resolv, `nameserver 127.0.0.1\n${OPTIONS}`);
  const line = 'ip link set lo up && mount --bind "$0" /etc/resolv.conf && exec "$@"';
  const command = ['sh', '-c', line, resolv, process.execPath, '-e', MUTE_SERVER, '--', PROGRAM, ...args];
  const env = environment({
    PATH: `${process.env['PATH']}:/usr/sbin:/sbin`,
    FYERS_ACCESS_TOKEN: makeToken({ exp: Math.floor(Date.now() / 1_000) + 3_600 }),
    TICKPIPE_SOCKET_URL: 'wss://socket.tickpipe.test/',
    TICKPIPE_DATA_URL: 'https://data.tickpipe.test',
  });
  return new Running(spawn(UNSHARE[0], [...UNSHARE.slice(1), ...command], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
}

// Where it cannot be done, test/host/look-up-host.test.ts shows the same with lookups that are told what to find.
describe.runIf(canUnshare)('a mute name server', () => {
  it.each(['NSE:SBIN-EQ', 'NSE:NIFTY50-INDEX'])(
    'does not keep the first Ctrl-C from ending the program: %s',
    async (symbol) => {
      const running = startWithoutDns(['stream', 'symbols', symbol]);
      await running.until(() => running.stderr.includes('asked'));
      running.child.kill('SIGINT');
      expect(await running.ended).toMatchObject({ status: 130, stdout: '' });
    },
  );

  it('does not keep a deadline from ending the program', async () => {
    const running = startWithoutDns(['stream', 'symbols', 'NSE:SBIN-EQ', '--timeout', '1s']);
    expect(await running.ended).toMatchObject({ status: 124, stdout: '' });
    expect(running.stderr).toContain('asked');
  });
});
