/* A recording of a seeded burst, for benchmarks of what reads recordings, and their processor time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BURST_SYMBOLS, BurstServer } from './burst.ts';

const PROGRAM = fileURLToPath(new URL('../bin/run.js', import.meta.url));

/** Records a seeded burst, gzipped. Returns the data file. */
export async function recordBurst(folder: string, rows: number): Promise<string> {
  const server = await BurstServer.start();
  try {
    const args = [
      'record',
      '--gzip',
      '--dir',
      'ticks',
      ...BURST_SYMBOLS,
      '--count',
      String(rows),
      '--direct',
      '--quiet',
    ];
    const env = { PATH: process.env['PATH'], HOME: folder, ...server.environment };
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: folder,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = once(child, 'close');
    await server.subscribed();
    await server.burst(rows - BURST_SYMBOLS.length);
    const [status] = await ended;
    if (status !== 0) throw new Error(`record ended with ${status}`);
  } finally {
    server.close();
  }
  const ticks = path.join(folder, 'ticks');
  return path.join(ticks, fileBelow(ticks, '.ndjson.gz'));
}

/** The only file below a folder with such a name: at midnight in India a recording goes on in a second one. */
export function fileBelow(folder: string, ending: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending));
  if (names.length !== 1) throw new Error(`${names.length} files *${ending}: run it again`);
  return names[0] as string;
}

/** The second line of `times`: the user and the system time of children, as `0m1.23s`. */
export function readChildrenMs(text: string): number {
  const spent = [...(text.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  return spent.reduce((sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1_000, 0);
}
