import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedSymbol } from '../../src/lib/simulator/universe.ts';
import { emptyFolder, script, simulate } from './program.ts';

const O_NONBLOCK = 0o4000;
const SYMBOLS = Array.from({ length: 200 }, (_, n) => generatedSymbol(n + 1)).join(' ');

/** The flags of a descriptor of a process, which all programs that share it have in common. */
function flagsOf(pid: number, fd: number): number {
  const [, flags = ''] = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8')) ?? [];
  return Number.parseInt(flags, 8);
}

const isNonBlocking = (pid: number, fd: number): boolean => (flagsOf(pid, fd) & O_NONBLOCK) !== 0;

/** Where the descriptors of a process lead, in their order. */
function linksOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
}

/** Fills the pipe on its stdout: prints its pid on stderr, then says that the reader does not keep up. */
const FILL = `"$NODE" "$PROGRAM" stream symbols ${SYMBOLS} --max-lag 300ms`;

describe('a pipe that others share', () => {
  it('blocks for them while it is full, and after kill -9: what they write arrives whole', async () => {
    const simulator = await simulate({ rate: 20_000, generated: 200 });
    const folder = emptyFolder();
    const text = `cd "${folder}"; mkfifo go
      (
        ${FILL} & echo $! >&2
        read line < go
        head -c 1000000 /dev/zero & kill -9 %1; wait
        head -c 1000000 /dev/zero
      ) | (sleep 100 & echo $! > sleeper; wait; tr -dc '\\0' | wc -c)`;
    const running = script('bash', text, simulator.environment);
    await running.until(() => running.stderr.includes('does not keep up'));
    const pid = Number.parseInt(running.stderr, 10);
    expect(isNonBlocking(pid, 1)).toBe(false);
    writeFileSync(path.join(folder, 'go'), 'go\n');
    // head is at work, or has failed.
    await running.until(() => running.stderr.includes('Killed') || running.stderr.includes('unavailable'));
    process.kill(Number(readFileSync(path.join(folder, 'sleeper'), 'utf8')));
    const { stdout, stderr } = await running.ended;
    expect(stdout.trim()).toBe('2000000');
    expect(stderr).not.toContain('unavailable');
  });

  it('keeps its flags as stdin, stdout and stderr', async () => {
    const home = emptyFolder();
    execFileSync('mkfifo', [path.join(home, 'go')]);
    const text = `(echo $BASHPID >&3; exec "$NODE" "$PROGRAM" stream symbols - --feed sim --verbose 3>&- 4<&-) 2>&1 <&4 | cat`;
    const list = `exec 3>&1 4< <(echo NSE:SBIN-EQ; read -r more < "$HOME/go")`;
    const running = script('bash', `${list}; ${text}`, { HOME: home });
    await running.until(() => running.stdout.includes('\n'));
    const pid = Number.parseInt(running.stdout, 10);
    const isReading = (): boolean => linksOf(pid).filter((link, _, all) => link === all[0]).length > 1;
    await expect.poll(() => isReading() || isNonBlocking(pid, 0)).toBe(true);
    expect(isNonBlocking(pid, 0)).toBe(false);
    writeFileSync(path.join(home, 'go'), 'go\n');
    await running.until(() => /\n\{.*\n\{/.test(running.stdout));
    expect([0, 1, 2].map((fd) => isNonBlocking(pid, fd))).toEqual([false, false, false]);
    process.kill(pid, 'SIGINT');
    expect((await running.ended).stdout).toContain('ticks from the simulator');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'that is full does not hold the end back: %s',
    async (signal, status) => {
      const simulator = await simulate({ rate: 20_000, generated: 200 });
      const text = `(${FILL} & echo $! >&2; wait $!; echo "ended $?" >&2) | sleep 100`;
      const running = script('bash', text, simulator.environment);
      await running.until(() => running.stderr.includes('does not keep up'));
      process.kill(Number.parseInt(running.stderr, 10), signal);
      await running.until(() => running.stderr.includes('ended'));
      expect(running.stderr).toContain(`ended ${status}\n`);
    },
    60_000,
  );

  it('that is full ends the program with 7 under --on-slow exit', async () => {
    const simulator = await simulate({ rate: 20_000, generated: 200 });
    const text = `(${FILL} --on-slow exit; echo "ended $?" >&2) | sleep 100`;
    const running = script('bash', text, simulator.environment);
    await running.until(() => running.stderr.includes('ended'));
    expect(running.stderr).toContain('ended 7\n');
    expect(running.stderr).toContain('error: the reader of the output does not keep up\n');
  });

  it('that nobody reads messages from does not hold the end back', async () => {
    // The pipe on stderr is full from the start.
    const text = `(head -c 65536 /dev/zero; exec 3>&1; "$NODE" "$PROGRAM" quote SBIN --feed sim 2>&3 > "$HOME/rows"; echo "ended $?" >&2) | sleep 100`;
    const running = script('bash', text);
    await running.until(() => running.stderr.includes('ended'));
    expect(running.stderr).toBe('ended 2\n');
  });
});

/** What bash is given by this process is a socket, and a program that it starts beside others shares it. */
describe('a socket that others share', () => {
  const lines = (text: string, pattern: RegExp): number => text.split('\n').filter((line) => pattern.test(line)).length;

  it('keeps its flags on stdout and stderr; every row arrives, also at Ctrl-C', async () => {
    const running = script(
      'bash',
      '"$NODE" "$PROGRAM" stream symbols NSE:SBIN-EQ --feed sim --verbose & echo $! >&2; wait $!',
    );
    await running.until(() => running.rows.length > 3);
    const pid = Number.parseInt(running.stderr, 10);
    expect(readlinkSync(`/proc/${pid}/fd/1`)).toMatch(/^socket:/);
    expect([1, 2].map((fd) => isNonBlocking(pid, fd))).toEqual([false, false]);
    process.kill(pid, 'SIGINT');
    const { status, stdout, stderr } = await running.ended;
    expect(status).toBe(130);
    expect(stderr).toContain(`\n${lines(stdout, /\}$/)} rows\n`);
  });

  it('that is full does not hold the end back', async () => {
    const simulator = await simulate({ rate: 20_000, generated: 200 });
    const running = script('bash', `(${FILL} & echo $! >&2; wait $!; echo "ended $?" >&2)`, simulator.environment);
    running.child.stdout?.pause();
    await running.until(() => running.stderr.includes('does not keep up'));
    const pid = Number.parseInt(running.stderr, 10);
    expect(isNonBlocking(pid, 1)).toBe(false);
    process.kill(pid, 'SIGINT');
    await running.until(() => running.stderr.includes('ended'));
    expect(running.stderr).toContain('ended 130\n');
    running.child.stdout?.resume();
    await running.ended;
  });

  it('whose reader has left ends the program quietly', async () => {
    const running = script('bash', `"$NODE" "$PROGRAM" stream symbols NSE:SBIN-EQ --feed sim; echo "ended $?" >&2`);
    await running.until(() => running.rows.length > 1);
    running.child.stdout?.destroy();
    const { stderr } = await running.ended;
    expect(stderr).toBe('ended 0\n');
  });
});

describe('a terminal that takes nothing', () => {
  it.each(['ndjson', 'table'])(
    'does not hold the end back: %s',
    async (format) => {
      const simulator = await simulate({ rate: 20_000, generated: 200 });
      const home = emptyFolder();
      const line = `echo $$ > "$HOME/pid"; exec ${FILL} -f ${format} 2> "$HOME/messages"`;
      // The other end of the terminal is read by script(1), until that is stopped.
      const running = script('bash', `exec script -qec '${line}' /dev/null`, {
        ...simulator.environment,
        HOME: home,
        TERM: 'xterm',
      });
      await running.until(() => running.stdout.length > 10_000);
      running.child.kill('SIGSTOP');
      const read = (name: string): string => readFileSync(path.join(home, name), 'utf8');
      await expect.poll(() => read('messages')).toContain('does not keep up');
      const pid = Number(read('pid'));
      process.kill(pid, 'SIGINT');
      // Its parent is stopped, too, and cannot take its status yet.
      const isOver = (): boolean => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
      await expect.poll(isOver).toBe(true);
      running.child.kill('SIGCONT');
      expect((await running.ended).status).toBe(130);
    },
    60_000,
  );
});
