import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { rowSchema } from '../../../src/lib/market/rows.ts';
import { SharedAccount } from '../hub/shared-account.ts';
import { emptyFolder } from '../program.ts';
import { listFiles, parseLines, readRecordings } from './recordings.ts';

const SYMBOLS = Array.from({ length: 400 }, (_, at) => `NSE:SIM${String(at + 1).padStart(4, '0')}-EQ`).join(',');
/** Of each kind. `KILLS=25 npx vitest run test/e2e/record/kills.test.ts` takes a minute more. */
const KILLS = Number(process.env['KILLS'] ?? 8);
const AT_ONCE = 2;
/** On a busy machine rows may be late before they reach the recording; half of the runs must not be. */
const MAX_LATE_MS = 4_000;
/** Every so many rows are held against the schema; all are parsed. */
const CHECK_EVERY = 50;

describe.each([
  ['gzip', '--gzip'],
  ['plain', '--no-gzip'],
])('%s recordings at 20,000 rows a second, killed at random moments (%s)', (_, flag) => {
  it('lose the last second at most, and are whole after the next start', async () => {
    const account = await SharedAccount.create({ rate: 20_000, generated: 400 }, 5_000);
    const directory = emptyFolder();
    const killedAt = new Map<number, number>();
    let said = '';
    const killOne = async (): Promise<void> => {
      const recording = account.start(['record', SYMBOLS, '--dir', directory, flag, '--verbose']);
      const pid = recording.child.pid as number;
      await recording.until(() => recording.stderr.includes('ticks from'));
      // The moment is to be any: that is the test.
      await delay(200 + Math.random() * 1_300);
      killedAt.set(pid, Date.now());
      recording.child.kill('SIGKILL');
      said += (await recording.ended).stderr;
    };
    const kill = async (times: number): Promise<void> => {
      for (let at = 0; at < times; at++) await killOne();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, () => kill(Math.ceil(KILLS / AT_ONCE))));

    const last = await account.run(['record', 'NSE:SBIN-EQ', '--dir', directory, '--duration', '300ms']);
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
    }
    losses.sort((a, b) => a - b);
    expect(losses[Math.floor(losses.length / 2)]).toBeLessThan(1_000);
    expect(losses.at(-1)).toBeLessThan(MAX_LATE_MS);
  }, 120_000);
});
