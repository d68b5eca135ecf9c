import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FilterCommand } from '../../../src/lib/cli/filter/filter-command.ts';
import { filterFlags } from '../../../src/lib/cli/filter/filter-flags.ts';
import type { Program } from '../../../src/lib/cli/program/program.ts';
import { Reporter } from '../../../src/lib/cli/program/reporter.ts';
import { systemClock } from '../../../src/lib/clock/clock.ts';
import type { TickFilter } from '../../../src/lib/filters/tick-filter.ts';
import { SAMPLE_ROWS } from '../../../src/lib/market/sample-rows.ts';
import {
  defineRecord,
  numberColumn,
  optional,
  textColumn,
  withColumns,
} from '../../../src/lib/output/records/record-type.ts';
import { CaptureStream } from '../program/capture-stream.ts';
import { makeProgram } from '../program/make-program.ts';

const TALLY = withColumns(
  defineRecord({
    name: 'Tally',
    printedBy: 'a test',
    columns: {
      symbol: textColumn('The symbol.'),
      ticks: numberColumn('How many ticks.'),
      received_at: numberColumn('When.', { time: 'milliseconds' }),
      note: optional(textColumn('Set for the last row.')),
      simulated: optional(textColumn('Simulated.')),
    },
    sample: { symbol: 'NSE:SBIN-EQ', ticks: 1, received_at: 1 },
  }),
  { half: numberColumn('Half of it.', { nullWhen: 'it is odd' }) },
);

interface Row {
  readonly symbol: string;
  readonly ticks: number;
  readonly received_at: number;
  readonly half: number | null;
  readonly note?: string;
}

/** Counts ticks: a row for each, and one at the end. */
class Tally extends FilterCommand {
  static override args = FilterCommand.args;
  static override flags = filterFlags;
  protected readonly usage = 'tally';

  override async run(): Promise<number> {
    const given = await this.parseFlags(Tally);
    return this.printMade<Row>(
      {
        type: TALLY,
        keyOf: ({ symbol }) => symbol,
        isTableByKey: true,
        kind: 'symbol',
        kinds: ['symbol', 'index'],
        needs: ['ltp'],
        create: (output, { isLive }): TickFilter => {
          let ticks = 0;
          const emit = (symbol: string, note?: string): void =>
            output.emit({
              symbol,
              ticks,
              received_at: 1_795_408_200_000,
              half: ticks % 2 ? null : ticks / 2,
              ...(note !== undefined && { note }),
            });
          return {
            tick: ({ symbol }) => {
              ticks++;
              emit(symbol);
            },
            control: () => {},
            end: () => emit('NSE:END-EQ', isLive ? 'live' : 'not live'),
          };
        },
      },
      given,
    );
  }
}

interface Ran {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(argv: readonly string[], stdin: Program['stdin'], given: Partial<Program> = {}): Promise<Ran> {
  const [stdout, stderr] = [new CaptureStream(), new CaptureStream()];
  const program = makeProgram({ stdout, stderr, stdin, clock: systemClock, env: { HOME: '/nonexistent' }, ...given });
  const installation = {
    bin: 'tickpipe',
    version: '0',
    loadConfig: () => Promise.reject(new Error('not needed')),
    readManifest: () => {
      throw new Error('not needed');
    },
  };
  const reporter = new Reporter(stderr, { level: 'warnings', format: 'text' });
  const command = new Tally([...argv], 'tally', installation, program, reporter);
  const status = await command.execute().catch((error) => `${error.code}: ${error.message}`);
  return { status, stdout: stdout.text, stderr: stderr.text };
}

const LIVE_ROW = SAMPLE_ROWS.SymbolUpdate.replace(',"simulated":true', '');
const STATUS = '{"type":"Status","state":"live","at":5,"reason":null}';
const pipe = (...lines: string[]): Readable => Readable.from([Buffer.from(`${lines.join('\n')}\n`)]);

describe('a filter in a pipe', () => {
  test('makes rows of the rows that come, and marks those of simulated prices', async () => {
    expect(await run([], pipe(STATUS, LIVE_ROW, LIVE_ROW))).toEqual({
      status: 0,
      stdout: [
        '{"type":"Tally","symbol":"NSE:SBIN-EQ","ticks":1,"received_at":1795408200000,"half":null}',
        '{"type":"Tally","symbol":"NSE:SBIN-EQ","ticks":2,"received_at":1795408200000,"half":1}',
        '{"type":"Tally","symbol":"NSE:END-EQ","ticks":2,"received_at":1795408200000,"note":"not live","half":1}',
        '',
      ].join('\n'),
      stderr: '',
    });
    const { stdout } = await run(['-n', '1'], pipe(STATUS, SAMPLE_ROWS.SymbolUpdate));
    expect(stdout).toMatch(/"half":null,"simulated":true\}\n$/);
  });

  test('--events passes control rows on; times as ISO 8601', async () => {
    const gap = '{"type":"Gap","from":1000,"to":2000,"reason":"stalled","symbols":["NSE:SBIN-EQ"]}';
    const { stdout } = await run(['--events', '--time', 'iso', '-n', '1'], pipe(STATUS, gap, LIVE_ROW));
    expect(stdout.split('\n')).toEqual([
      '{"type":"Status","state":"live","at":"1970-01-01T05:30:00.005+05:30","reason":null}',
      '{"type":"Gap","from":"1970-01-01T05:30:01.000+05:30","to":"1970-01-01T05:30:02.000+05:30","reason":"stalled","symbols":["NSE:SBIN-EQ"]}',
      '{"type":"Tally","symbol":"NSE:SBIN-EQ","ticks":1,"received_at":"2026-11-23T10:00:00.000+05:30","half":null}',
      '',
    ]);
  });

  test('CSV, raw values, selected columns, a table', async () => {
    expect((await run(['-f', 'csv'], pipe(STATUS, LIVE_ROW))).stdout).toBe(
      'type,symbol,ticks,received_at,half\nTally,NSE:SBIN-EQ,1,1795408200000,\nTally,NSE:END-EQ,1,1795408200000,\n',
    );
    expect((await run(['-f', 'csv', '-n', '1'], pipe(STATUS, SAMPLE_ROWS.SymbolUpdate))).stdout).toBe(
      'type,symbol,ticks,received_at,half,simulated\nTally,NSE:SBIN-EQ,1,1795408200000,,true\n',
    );
    expect((await run(['--raw', '--fields', 'ticks,note'], pipe(STATUS, LIVE_ROW))).stdout).toBe('1\t\n1\tnot live\n');
    expect((await run(['--fields', 'note,ticks', '-n', '1'], pipe(STATUS, LIVE_ROW))).stdout).toBe(
      '{"note":null,"ticks":1}\n',
    );
    expect((await run(['-f', 'table'], pipe(STATUS, LIVE_ROW, LIVE_ROW))).stdout).toMatch(
      /^symbol +ticks +received_at +note +half\nNSE:SBIN-EQ +1 +2026-11-23 10:00:00 +- +-\nNSE:SBIN-EQ +2 .*\nNSE:END-EQ +2 /,
    );
  });

  test('lines that are no rows: status 8 at the end, also after --count', async () => {
    const ended = await run([], pipe(STATUS, 'nonsense', LIVE_ROW));
    expect(ended.status).toBe('ROWS_UNREADABLE: 1 line of standard input is no row');
    expect(ended.stdout.split('\n')).toHaveLength(3);
    expect(ended.stderr).toBe('warning: standard input, line 2: no row: it is not JSON\n');
    const counted = await run(['-n', '1', '--quiet'], pipe(STATUS, 'nonsense', LIVE_ROW, LIVE_ROW));
    expect(counted).toMatchObject({ status: 'ROWS_UNREADABLE: 1 line of standard input is no row' });
    expect(counted.stderr).toBe('warning: standard input, line 2: no row: it is not JSON\n');
  });

  test('without a Status row it reports once that gaps cannot be seen', async () => {
    const { stderr, status } = await run([], pipe(LIVE_ROW, LIVE_ROW));
    expect(status).toBe(0);
    expect(stderr.match(/no Status rows/g)).toHaveLength(1);
  });

  test('a row that does not come: --timeout ends it with 124', async () => {
    const { status } = await run(['--timeout', '20ms'], new PassThrough());
    expect(status).toBe('TIMEOUT: no row came within 0.02 s');
  });

  test('Ctrl-C ends it with what is left', async () => {
    const stdin = new PassThrough();
    const signals = new EventEmitter();
    const stdout = new CaptureStream();
    const running = run([], stdin, { signals, stdout });
    stdin.write(`${STATUS}\n${LIVE_ROW}\n`);
    await expect.poll(() => stdout.lines.length).toBe(1);
    signals.emit('SIGINT');
    expect((await running).status).toBe(130);
    expect(stdout.lines).toHaveLength(2);
    expect(stdin.destroyed).toBe(true);
  });

  test('to a file, and more behind it', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'out.csv');
    await run(['-o', file], pipe(STATUS, LIVE_ROW));
    expect((await run(['-o', file], pipe(STATUS, LIVE_ROW))).status).toMatch(/^OUTPUT_EXISTS/);
    await run(['-o', file, '--append'], pipe(STATUS, LIVE_ROW));
    expect(readFileSync(file, 'utf8').match(/^type,/gm)).toHaveLength(1);
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(6);
    const other = await run(['-o', file, '--append', '--fields', 'ticks'], pipe(STATUS, LIVE_ROW));
    expect(other.status).toMatch(/^USAGE: --append/);
  });
});

describe('a filter with symbols', () => {
  test('opens a feed: here a recording, which is not live', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'ticks.ndjson');
    writeFileSync(file, `${LIVE_ROW}\n${LIVE_ROW}\n`);
    const { status, stdout } = await run(
      ['NSE:SBIN-EQ', '--feed', `file:${file}`, '--speed', 'max', '--fields', 'ticks,note'],
      pipe(),
    );
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: '{"ticks":1,"note":null}\n{"ticks":2,"note":null}\n{"ticks":2,"note":"not live"}\n',
    });
  });

  test('neither symbols nor rows: a usage error that shows both ways', async () => {
    const terminal = Object.assign(pipe(), { isTTY: true });
    const { status } = await run([], terminal);
    expect(status).toBe('USAGE: no symbol was given, and no rows are piped in');
    const nothing = Object.assign(pipe(), { isDevice: true });
    expect((await run([], nothing)).status).toMatch(/^USAGE/);
    expect((await run(['--feed', 'sim'], pipe(LIVE_ROW))).status).toBe('NO_SYMBOLS: no symbol was given');
  });

  test('a list that a variable names is for a command without other rows', async () => {
    const env = { HOME: '/nonexistent', TICKPIPE_FILE: '/nonexistent/list.txt' };
    expect(await run([], pipe(STATUS, LIVE_ROW), { env })).toMatchObject({ status: 0, stderr: '' });
    const nothing = Object.assign(pipe(), { isDevice: true });
    expect((await run([], nothing, { env })).status).toMatch(/^INPUT_MISSING: \/nonexistent\/list.txt/);
    expect((await run(['--file', '/nonexistent/other'], pipe(LIVE_ROW), { env })).status).toMatch(/^INPUT_MISSING/);
  });

  test('a wrong column is reported before anything is read', async () => {
    const stdin = new PassThrough();
    expect((await run(['--fields', 'nope'], stdin)).status).toMatch(/^UNKNOWN_FIELD: --fields: no column nope/);
    expect((await run(['--fields', 'help'], stdin)).stdout).toBe(
      'Tally: type symbol ticks received_at note half simulated\n',
    );
  });
});
