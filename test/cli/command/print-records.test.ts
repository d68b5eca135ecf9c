import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RecordFlags } from '../../../src/lib/cli/command/flag-groups.ts';
import { planRecords } from '../../../src/lib/cli/command/print-records.ts';
import type { SettingSource } from '../../../src/lib/cli/settings/settings.ts';
import { SUBSCRIBED } from '../../../src/lib/output/records/session-records.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { CaptureStream } from '../program/capture-stream.ts';
import { makeContext, makeProgram } from '../program/make-program.ts';

const ROWS = [
  { session: 's1', symbol: 'NSE:SBIN-EQ', status: 'ok' },
  { session: 's2', symbol: 'NSE:INFY-EQ', status: 'already' },
];
const NDJSON =
  '{"type":"Subscribed","session":"s1","symbol":"NSE:SBIN-EQ","status":"ok"}\n' +
  '{"type":"Subscribed","session":"s2","symbol":"NSE:INFY-EQ","status":"already"}\n';

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Prints `ROWS` and returns what stdout got. */
async function print(
  given: Partial<RecordFlags>,
  options: { isTTY?: boolean; fieldsFrom?: SettingSource; now?: number } = {},
): Promise<string> {
  const stdout = new CaptureStream();
  stdout.isTTY = options.isTTY ?? false;
  const clock = new ManualClock(options.now);
  const flags = { 'no-header': false, force: false, append: false, ...given };
  const sources = { fields: options.fieldsFrom ?? 'flag' } as const;
  const output = await planRecords(SUBSCRIBED, { flags, sources }, makeContext(makeProgram({ stdout, clock })));
  await output.print(ROWS);
  return stdout.text;
}

describe('the format', () => {
  test('is NDJSON in a pipe and a table on a terminal', async () => {
    expect(await print({})).toBe(NDJSON);
    expect(await print({}, { isTTY: true })).toBe(
      'session  symbol       status\ns1       NSE:SBIN-EQ  ok\ns2       NSE:INFY-EQ  already\n',
    );
  });

  test('is the one of --format, or of --raw', async () => {
    expect(await print({ format: 'csv', fields: ['symbol'] }, { isTTY: true })).toBe(
      'symbol\nNSE:SBIN-EQ\nNSE:INFY-EQ\n',
    );
    expect(await print({ format: 'csv', fields: ['symbol'], 'no-header': true })).toBe('NSE:SBIN-EQ\nNSE:INFY-EQ\n');
    expect(await print({ raw: true, fields: ['status', 'symbol'] })).toBe('ok\tNSE:SBIN-EQ\nalready\tNSE:INFY-EQ\n');
  });
});

describe('--fields', () => {
  test('of the command line is checked before the work begins', async () => {
    await expect(print({ fields: ['ltp'] })).rejects.toMatchObject({ code: 'UNKNOWN_FIELD' });
  });

  test('of a profile is that of ticks: it holds only where all columns exist', async () => {
    expect(await print({ fields: ['symbol', 'ltp'] }, { fieldsFrom: 'profile' })).toBe(NDJSON);
    expect(await print({ fields: ['symbol'] }, { fieldsFrom: 'environment' })).toBe(
      '{"symbol":"NSE:SBIN-EQ"}\n{"symbol":"NSE:INFY-EQ"}\n',
    );
  });
});

describe('--output', () => {
  test('writes a file by its suffix, its name filled in by the time in India', async () => {
    const folder = temporaryFolder();
    const now = Date.UTC(2026, 10, 30, 20, 0);
    expect(await print({ output: path.join(folder, 'got-%F.csv') }, { now, isTTY: true })).toBe('');
    expect(readdirSync(folder)).toEqual(['got-2026-12-01.csv']);
    expect(readFileSync(path.join(folder, 'got-2026-12-01.csv'), 'utf8')).toBe(
      'type,session,symbol,status\nSubscribed,s1,NSE:SBIN-EQ,ok\nSubscribed,s2,NSE:INFY-EQ,already\n',
    );
  });

  test('refuses a file that is there before the work begins; --force replaces it', async () => {
    const output = path.join(temporaryFolder(), 'got.ndjson');
    writeFileSync(output, 'kept\n');
    const context = makeContext(makeProgram());
    const flags = { output, 'no-header': false, force: false, append: false };
    await expect(planRecords(SUBSCRIBED, { flags, sources: {} }, context)).rejects.toMatchObject({
      code: 'OUTPUT_EXISTS',
    });
    expect(readFileSync(output, 'utf8')).toBe('kept\n');
    await print({ output, force: true });
    expect(readFileSync(output, 'utf8')).toBe(NDJSON);
    expect(readdirSync(path.dirname(output))).toEqual(['got.ndjson']);
  });

  test('--append adds rows below one header, and refuses other columns', async () => {
    const output = path.join(temporaryFolder(), 'got.csv');
    await print({ output, append: true, fields: ['symbol', 'status'] });
    await print({ output, append: true, fields: ['symbol', 'status'] });
    const lines = readFileSync(output, 'utf8').split('\n');
    expect(lines).toEqual([
      'symbol,status',
      'NSE:SBIN-EQ,ok',
      'NSE:INFY-EQ,already',
      'NSE:SBIN-EQ,ok',
      'NSE:INFY-EQ,already',
      '',
    ]);
    await expect(print({ output, append: true, fields: ['status'] })).rejects.toMatchObject({
      code: 'USAGE',
      message: `--append: ${output} has another header than these rows`,
    });
    expect(readFileSync(output, 'utf8').split('\n')).toEqual(lines);
  });

  test('a suffix that means no format is a usage error', async () => {
    await expect(print({ output: 'got.json' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(print({ output: 'got.csv.gz' })).rejects.toMatchObject({ code: 'USAGE' });
  });
});
