import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { rowSchema } from '../../../src/lib/market/rows.ts';
import { readRecordedRows } from '../../../src/lib/recording/reader/recorded-lines.ts';
import { chooseSeed, seededRandom } from '../../support/random.ts';
import { SharedAccount } from '../hub/shared-account.ts';
import { emptyFolder } from '../program.ts';
import { listFiles, parseLines, readRecordings } from './recordings.ts';

const SYMBOLS = Array.from({ length: 400 }, (_, at) => `NSE:SIM${String(at + 1).padStart(4, '0')}-EQ`).join(',');
/** Of each kind. */
const KILLS = 25;
const AT_ONCE = 2;
/** Of what came in before the kill: a second is the promise, the rest is what a busy machine may add before a row is recorded. */
const MAX_TYPICAL_LOSS_MS = 4_000;
const LINE_END = 10;
/** Every so many rows are held against the schema; all are parsed. */
const CHECK_EVERY = 50;

describe.each([
  ['gzip', '--gzip'],
  ['plain', '--no-gzip'],
])('%s recordings at 20,000 rows a second, killed at random moments (%s)', (_, flag) => {
  it('keep all that was on the disk, lose the last moments only, and are whole after the next start', async () => {
    const random = seededRandom(chooseSeed('kills'));
    const account = await SharedAccount.create({ rate: 20_000, generated: 400 }, 5_000);
    const directory = emptyFolder();
    const killedAt = new Map<number, number>();
    const rowsOnDisk = new Map<number, number>();
    let said = '';
    const killOne = async (): Promise<void> => {
      const recording = account.start(['record', SYMBOLS, '--dir', directory, flag, '--verbose']);
      const pid = recording.child.pid as number;
      await recording.until(() => recording.stderr.includes('ticks from'));
      // The moment is to be any: that is the test.
      await delay(200 + random() * 1_300);
      rowsOnDisk.set(pid, await countRowsOf(pid, directory));
      killedAt.set(pid, Date.now());
      recording.child.kill('SIGKILL');
      said += (await recording.ended).stderr;
    };
    const kill = async (times: number): Promise<void> => {
      for (let at = 0; at < times; at++) await killOne();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, () => kill(Math.ceil(KILLS / AT_ONCE))));

    const last = await account.run(['record', 'NSE:SBIN-EQ', '--dir', directory, '--duration', '3s']);
    expect(last.status).toBe(0);
    expect(said + last.stderr).toMatch(/was left by an interrupted run: finished, [\d,]+ rows/);
    expect(listFiles(directory).filter((name) => name.endsWith('.part'))).toEqual([]);
    const recordings = readRecordings(directory);
    expect(recordings.length).toBeGreaterThan(KILLS / 4);
    const losses: number[] = [];
    for (const { name, text, meta } of recordings) {
      const rows = parseLines(text);
      for (let at = 0; at < rows.length; at += CHECK_EVERY) rowSchema.parse(rows[at]);
      expect(meta.at(-1), name).toMatchObject({ type: 'Footer', rows: rows.length });
      const writer = meta[0]?.['writer'] as { pid: number } | undefined;
      const killed = killedAt.get(writer?.pid ?? 0);
      if (killed !== undefined) losses.push(killed - Number(rows.at(-1)?.['received_at']));
      expect(rows.length, name).toBeGreaterThanOrEqual(rowsOnDisk.get(writer?.pid ?? 0) ?? 0);
    }
    losses.sort((a, b) => a - b);
    expect(losses[Math.floor(losses.length / 2)]).toBeLessThan(MAX_TYPICAL_LOSS_MS);
    // What a start that removed a recording would hide.
    expect(Math.max(...rowsOnDisk.values())).toBeGreaterThan(0);
  }, 300_000);
});

/** How many whole rows a running process has on the disk. */
async function countRowsOf(pid: number, directory: string): Promise<number> {
  const meta = listFiles(directory).find((name) => {
    return name.endsWith('.meta.jsonl') && readFileSync(path.join(directory, name), 'utf8').includes(`"pid":${pid},`);
  });
  if (meta === undefined) return 0;
  const part = listFiles(directory).find((name) => name.endsWith('.part') && name.startsWith(stemOf(meta)));
  if (part === undefined) return 0;
  const copy = path.join(emptyFolder(), path.basename(part, '.part'));
  copyFileSync(path.join(directory, part), copy);
  let rows = 0;
  for await (const some of readRecordedRows(copy, () => {})) {
    for (const byte of some) if (byte === LINE_END) rows++;
  }
  return rows;
}

const stemOf = (meta: string): string => meta.slice(0, -'meta.jsonl'.length);
