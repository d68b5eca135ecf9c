import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type MarketEvent, makeMarket, printMarket } from '../support/bar-market.ts';
import { seededRandom } from '../support/random.ts';
import { emptyFolder, rowsOf, script } from './program.ts';

const OPEN = Date.parse('2026-11-23T09:15:00+05:30');
const STATUS = '{"type":"Status","state":"live","at":1,"reason":null}\n';

/** A file of rows. */
function writeRows(rowsPerDay: number, front = STATUS): string {
  const events: MarketEvent[] = makeMarket({ random: seededRandom(3), begins: [OPEN], rowsPerDay, hasFaults: false });
  const file = path.join(emptyFolder(), 'rows.ndjson');
  writeFileSync(file, front + Buffer.concat(printMarket(events)).toString());
  return file;
}

const shell = (command: string, file: string) =>
  script('bash', command.replaceAll('tickpipe', '"$PROGRAM"'), { FILE: file }).ended;

describe('rows that are piped into a filter', () => {
  test('the program in front ends when the filter is done', async () => {
    // Without an end of its own: at its own speed the recording takes hours.
    const { stdout, stderr } = await shell(
      `tickpipe replay "$FILE" --events | tickpipe bars 1t -n 1; echo "\${PIPESTATUS[@]}"`,
      writeRows(500, ''),
    );
    expect(stderr).toBe('');
    const [bar, statuses] = stdout.trimEnd().split('\n');
    expect(JSON.parse(bar ?? '')).toMatchObject({ type: 'Bar', ticks: 1 });
    expect(statuses).toBe('0 0');
  });

  test('a slow reader gets all of them: the file waits', async () => {
    const file = writeRows(30_000);
    const [slow, fast] = await Promise.all([
      shell('tickpipe bars 1t --max-lag 200ms < "$FILE" | (sleep 3; cat)', file),
      shell('tickpipe bars 1t < "$FILE"', file),
    ]);
    expect(slow.stderr).toBe('');
    expect(slow.stdout.length).toBeGreaterThan(4_500_000);
    expect(slow.stdout).toBe(fast.stdout);
  });

  test('gaps go through two filters, and jq between', async () => {
    const gap = `{"type":"Gap","from":${OPEN},"to":${OPEN + 60_000},"reason":"stalled","symbols":["NSE:SBIN-EQ"]}\n`;
    const { stdout, stderr } = await shell(
      `tickpipe bars 1m --events < "$FILE" | jq -c 'select(.type != "Bar" or .final)' | tickpipe bars 5m --events`,
      writeRows(300, STATUS + gap),
    );
    // It does not read bars, but the rows about the feed.
    expect(rowsOf(stdout)).toEqual([JSON.parse(STATUS), JSON.parse(gap)]);
    expect(stderr).toMatch(/^warning: \d+ rows of other types were passed over\n$/);
  });

  test('as jq makes them: the same bars', async () => {
    const file = writeRows(600);
    const [made, own] = await Promise.all([
      shell(`jq -c 'if .type == "SymbolUpdate" then {symbol,type} + . else . end' "$FILE" | tickpipe bars 1m`, file),
      shell('tickpipe bars 1m < "$FILE"', file),
    ]);
    expect(own.stdout).not.toBe('');
    expect(made).toMatchObject({ stdout: own.stdout, stderr: '' });
  });

  test('CSV: a clear error, not silence', async () => {
    const { status, stdout, stderr } = await shell(
      'tickpipe replay "$FILE" --speed max -f csv | tickpipe bars 1m',
      writeRows(50, ''),
    );
    expect([status, stdout]).toEqual([8, '']);
    expect(stderr).toContain('warning: standard input, line 1: no row: it is not JSON\n');
    expect(stderr).toMatch(/error: \d+ lines of standard input are no rows\nhint: a filter reads NDJSON/);
  });
});
