import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../lib/cli/command/base-command.ts';
import { valueFlag } from '../lib/cli/command/flags.ts';
import { printText } from '../lib/cli/command/print-records.ts';
import { formatByteSize, formatCount } from '../lib/cli/program/amounts.ts';
import { readPath } from '../lib/cli/program/flag-values.ts';
import { EXIT } from '../lib/errors/catalogue.ts';
import { TickpipeError } from '../lib/errors/tickpipe-error.ts';
import type { CompactedSet } from '../lib/recording/compact/compact-set.ts';

/** The folder below the recordings, used without --to. */
const DEFAULT_FOLDER = 'parquet';
const GROUP = 'output';

export default class Compact extends BaseCommand {
  static override summary = 'make Parquet files from recordings, one for each day and kind';
  static override description =
    `The rows of a day and kind go into OUT/kind=symbol/date=2026-11-23/ticks.parquet, sorted by symbol and time, in typed columns. OUT is DIR/parquet, or what --to names. OUT/kind=symbol is one data set for DuckDB, pandas and Polars. Gaps and other notes go into OUT/gaps/kind=symbol/date=2026-11-23/gaps.parquet. tickpipe replay and --feed file: play both as they play recordings.

Files that are still being recorded, and raw messages, are left alone. A Parquet file that already has all rows of its recordings is not made again, so compact can run every day. Each Parquet file is read back and compared with the recordings before it gets its name; nothing is deleted without --delete. For each file that it makes it prints one JSON object: type, date, kind, rows (their number), file, bytes (its size). Ends with 8 when recordings are damaged or missing, with 2 when a Parquet file may hold other rows and is kept.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> ticks',
    '<%= config.bin %> <%= command.id %> ticks/date=2026-11-23 --delete',
    '<%= config.bin %> <%= command.id %> ticks --to /data/parquet',
    `duckdb -c "SELECT symbol, count(*), max(high) FROM read_parquet('ticks/parquet/kind=symbol/**/*.parquet', hive_partitioning=true) GROUP BY symbol"`,
    `duckdb -c "SELECT kind, type, begins, ends, reason, symbols FROM read_parquet('ticks/parquet/gaps/**/*.parquet', hive_partitioning=true) WHERE type IN ('Gap', 'Skipped')"`,
  ];
  static override args = {
    dir: Args.string({ required: true, description: 'the folder with the recordings', ignoreStdin: true }),
  };
  static override flags = {
    to: valueFlag(readPath)({
      summary: `the folder for the Parquet files; without it DIR/${DEFAULT_FOLDER}`,
      helpGroup: GROUP,
      helpValue: '<path>',
    }),
    force: Flags.boolean({ summary: 'replace Parquet files that exist', helpGroup: GROUP }),
    delete: Flags.boolean({
      summary: 'delete recordings and their meta files after the Parquet file has been checked',
      helpGroup: GROUP,
    }),
  };

  override async run(): Promise<number> {
    const { flags, args } = await this.parseFlags(Compact);
    const { dir } = args;
    if (dir === '') throw new TickpipeError('USAGE', 'the name of the folder is empty');
    let sets = 0;
    const { compactRecordings } = await import('../lib/recording/compact/compact.ts');
    const compacted = compactRecordings(dir, {
      out: flags.to ?? path.join(recordingsOf(dir), DEFAULT_FOLDER),
      force: flags.force === true,
      deleteSources: flags.delete === true,
      signal: this.interrupts.signal,
      warn: (message) => this.reporter.warn(message),
      unchanged: (file) => {
        sets++;
        this.reporter.info(`${file} contains all these rows already`, { event: 'unchanged', file });
      },
    });
    for await (const set of compacted) {
      sets++;
      this.reporter.info(describe(set));
      const { date, kind, rows, file, bytes } = set;
      await printText(`${JSON.stringify({ type: 'Compacted', date, kind, rows, file, bytes })}\n`, this.program);
    }
    if (sets === 0) this.reporter.info(`nothing to compact in ${dir}`, { event: 'nothing' });
    return EXIT.done;
  }
}

/** The folder of all recordings that a folder of a day or a kind is in. */
function recordingsOf(dir: string): string {
  let root = dir;
  while (/^(?:date|kind)=/.test(path.basename(path.resolve(root)))) root = path.join(root, '..');
  return root;
}

function describe({ file, rows, bytes, sourceBytes, deleted }: CompactedSet): string {
  const share = sourceBytes > 0 ? `, ${Math.round((bytes / sourceBytes) * 100)} % of the recordings` : '';
  const removed = deleted > 0 ? `; ${formatCount(deleted, 'recording')} deleted` : '';
  return `${file}: ${formatCount(rows, 'row')}, ${formatByteSize(bytes)}${share}${removed}`;
}
