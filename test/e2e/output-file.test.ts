import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, rowsOf, run, start } from './program.ts';

const SBIN = 'NSE:SBIN-EQ';
const QUOTE = ['quote', SBIN, '--feed', 'sim'];

describe('--append', () => {
  it('adds to what is there; a CSV header stands once, on top', async () => {
    const file = path.join(emptyFolder(), 'quotes.csv');
    for (let time = 0; time < 3; time++)
      expect(await run([...QUOTE, '-o', file, '--append'])).toMatchObject({ status: 0 });
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines.filter((line) => line.startsWith('type,symbol,'))).toEqual([lines[0]]);
  });

  it('puts the header into a file that is there and empty', async () => {
    const file = path.join(emptyFolder(), 'quotes.csv');
    writeFileSync(file, '');
    await run([...QUOTE, '-o', file, '--append', '--fields', 'symbol,ltp']);
    expect(readFileSync(file, 'utf8')).toMatch(/^symbol,ltp,simulated\nNSE:SBIN-EQ,[\d.]+,true\n$/);
  });

  it('refuses rows with other columns than the header names, and changes nothing', async () => {
    const file = path.join(emptyFolder(), 'quotes.csv');
    await run([...QUOTE, '-o', file, '--append', '--fields', 'symbol,ltp']);
    const before = readFileSync(file, 'utf8');
    const args = [...QUOTE, '-o', file, '--append', '--fields', 'symbol,bid'];
    const { status, stderr } = await run(args);
    expect(status).toBe(2);
    expect(stderr).toContain(`error: --append: ${file} has another header than these rows\n`);
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect((await run([...args, '--no-header'])).status).toBe(0);
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(4);
  });

  it('adds no part of a snapshot that is not whole', async () => {
    const file = path.join(emptyFolder(), 'quotes.ndjson');
    writeFileSync(file, '{"before":1}\n');
    const args = ['quote', SBIN, 'NSE:SIMSILENT-INDEX', '--timeout', '3s', '--feed', 'sim', '-o', file, '--append'];
    expect((await run(args)).status).toBe(3);
    expect(readFileSync(file, 'utf8')).toBe('{"before":1}\n');
  });

  it.each([
    [['-o', 'a.csv', '--append', '--force'], '--append and --force exclude each other'],
    [['--append'], '--append needs --output'],
  ])('%j is a usage error', async (flags, message) => {
    const { status, stderr } = await run([...QUOTE, ...flags], { cwd: emptyFolder() });
    expect([status, stderr]).toEqual([2, expect.stringContaining(`error: ${message}\n`)]);
  });
});

describe('-o FILE', () => {
  it('is a log without a hole when it is copied and cut while it grows', async () => {
    const file = path.join(emptyFolder(), 'ticks.ndjson');
    const running = start(['stream', 'symbols', SBIN, '--feed', 'sim', '-o', file]);
    const grow = (bytes: number) => expect.poll(() => existsSync(file) && statSync(file).size).toBeGreaterThan(bytes);
    await grow(2_000);
    truncateSync(file);
    await grow(1_000);
    running.child.kill('SIGTERM');
    await running.ended;
    const text = readFileSync(file);
    expect(text.includes(0)).toBe(false);
    // What was written after the cut is whole rows.
    expect(rowsOf(text.toString()).length).toBeGreaterThan(1);
  });

  it('names the file by the time in India', async () => {
    const cwd = emptyFolder();
    const before = new Date(Date.now() + 5.5 * 3_600_000).toISOString().slice(0, 10);
    expect((await run([...QUOTE, '-o', 'snap-%F-%H%M.csv'], { cwd })).status).toBe(0);
    const after = new Date(Date.now() + 5.5 * 3_600_000).toISOString().slice(0, 10);
    const [name = '', ...others] = readdirSync(cwd);
    expect(others).toEqual([]);
    expect(name).toMatch(/^snap-\d{4}-\d\d-\d\d-\d{4}\.csv$/);
    expect([before, after]).toContain(name.slice(5, 15));
  });

  it.each([
    ['a-%Q.csv', [], '--output: %Q in "a-%Q.csv" is no field of a date or time', 'write %% for a percent sign'],
    ['a.json', [], '--output: the suffix of "a.json" says no format', 'end the name in .ndjson or .jsonl'],
    ['a.csv.gz', ['-f', 'csv'], '--output: "a.csv.gz" would not be compressed', '| gzip > a.csv.gz'],
    ['a.parquet', [], '--output: "a.parquet" would be no Parquet file', 'tickpipe compact'],
  ])('%s %j is a usage error with a hint, and nothing is made', async (name, flags, message, hint) => {
    const cwd = emptyFolder();
    const { status, stderr } = await run([...QUOTE, '-o', name, ...flags], { cwd });
    const [error, hinted] = stderr.split('\n');
    expect([status, error, hinted]).toEqual([2, `error: ${message}`, expect.stringContaining(hint)]);
    expect(readdirSync(cwd)).toEqual([]);
  });
});
