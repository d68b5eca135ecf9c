import { describe, expect, it } from 'vitest';
import { type Running, script, start } from './program.ts';

const STREAM = 'stream symbols NSE:SBIN-EQ --feed sim';

/** The pid that the script prints first, once the program has printed its first row. */
async function pidOf(running: Running): Promise<number> {
  await running.until(() => /^\d+\n\{/.test(running.stdout));
  return Number.parseInt(running.stdout, 10);
}

async function untilMoreRows(running: Running): Promise<void> {
  const { length } = running.stdout;
  await running.until(() => running.stdout.length > length + 2_000);
}

describe('a signal that is ignored when the program starts', () => {
  it.each([
    ['under nohup', 'sh', `nohup "$PROGRAM" ${STREAM} & echo $!; wait $!`],
    ['under nohup of bash, with Node before it', 'bash', `nohup "$NODE" "$PROGRAM" ${STREAM} & echo $!; wait $!`],
    ['by a trap of the script', 'sh', `trap '' HUP; "$PROGRAM" ${STREAM} & echo $!; wait $!`],
    [
      'by a trap of the script, with Node before it',
      'sh',
      `trap '' HUP; "$NODE" "$PROGRAM" ${STREAM} & echo $!; wait $!`,
    ],
  ] as const)('SIGHUP stays ignored: %s', async (_, shell, text) => {
    const running = script(shell, text);
    const pid = await pidOf(running);
    process.kill(pid, 'SIGHUP');
    await untilMoreRows(running);
    process.kill(pid, 'SIGTERM');
    expect((await running.ended).status).toBe(143);
  });

  it('SIGINT stays ignored in a job that a script starts with &, and SIGTERM ends it', async () => {
    const running = script('sh', `"$PROGRAM" ${STREAM} & echo $!; wait $!`);
    const pid = await pidOf(running);
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGINT');
    await untilMoreRows(running);
    process.kill(pid, 'SIGTERM');
    expect((await running.ended).status).toBe(143);
  });

  it.each([
    ['record', '--feed sim --dir "$HOME/ticks" NSE:SBIN-EQ'],
    ['replay', '--loop "$HOME/rows.ndjson"'],
  ])('%s ignores it, too', async (command, rest) => {
    const row = '{"type":"LiteUpdate","symbol":"NSE:SBIN-EQ","ltp":1,"received_at":1780000000000}';
    const later = row.replace('1780000000000', '1780000000200').replace('"ltp":1', '"ltp":2');
    const rows = `printf '%s\\n' '${row}' '${later}' > "$HOME/rows.ndjson"`;
    const line = `"$PROGRAM" ${command} ${rest} --verbose`;
    const running = script('sh', `${rows}; trap '' HUP; ${line} > "$HOME/out" & echo $!; wait $!`);
    await running.until(() => /^\d+\n/.test(running.stdout) && running.stderr !== '');
    const pid = Number.parseInt(running.stdout, 10);
    process.kill(pid, 'SIGHUP');
    process.kill(pid, 'SIGTERM');
    expect((await running.ended).status).toBe(143);
  });

  it.each([
    ['serve', '--feed sim --port 0'],
    ['simulate', ''],
  ])('%s ignores it, too', async (command, rest) => {
    const line = `"$PROGRAM" ${command} ${rest} --verbose`;
    const running = script('sh', `trap '' HUP; ${line} > "$HOME/out" & echo $!; wait $!`);
    const port = /(?:serving at http:\/\/127.0.0.1:|on 127.0.0.1 port )(\d+)/;
    await running.until(() => running.stdout !== '' && port.test(running.stderr));
    const url = `http://127.0.0.1:${port.exec(running.stderr)?.[1]}/healthz`;
    const pid = Number.parseInt(running.stdout, 10);
    process.kill(pid, 'SIGHUP');
    // Each answer is a turn of its event loop later. It would refuse once it ends.
    for (let turn = 0; turn < 5; turn++) await (await fetch(url)).arrayBuffer();
    process.kill(pid, 'SIGTERM');
    expect((await running.ended).status).toBe(143);
  });

  it('is not one of the program that was started by this one: the variable says whose it is', async () => {
    const running = start(['stream', 'symbols', 'NSE:SBIN-EQ', '--feed', 'sim'], {
      env: { TICKPIPE_STARTED: `${process.pid} 1 1` },
    });
    await running.until(() => running.rows.length > 0);
    running.child.kill('SIGHUP');
    expect((await running.ended).status).toBe(129);
  });
});

it('stdout that was closed is status 7, for data, the version and help', async () => {
  for (const args of [STREAM, 'quote NSE:SBIN-EQ --feed sim', '--version', '--help', 'simulate']) {
    const { status, stderr } = await script('sh', `"$PROGRAM" ${args} >&-`).ended;
    expect([args, status]).toEqual([args, 7]);
    expect(stderr).toContain('error: cannot write standard output: it is not open for writing\n');
  }
});
