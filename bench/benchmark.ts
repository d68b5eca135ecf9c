/*
 * What every benchmark has in common. A file of this folder measures one thing, returns its rows, and ends with
 * `await runAsProgram(import.meta.url, benchSomething)`, so that it also runs alone: `npx tsx bench/startup.ts --quick`.
 * `npm run bench` runs each file in a process of its own and prints all rows in one table (bench/run.ts).
 */
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { missesLimit, printTable } from './table.ts';

/** One line of the table. Figures are ratios wherever there is something to compare with. */
export interface BenchRow {
  /** What was measured, and against what: `quote, hub running, against node -e 0`. */
  readonly what: string;
  readonly figure: number;
  /** `x` is a ratio. */
  readonly unit: 'x' | 'ms' | 'MB';
  /** Whether a smaller or a larger figure is better. */
  readonly better: 'smaller' | 'larger';
  /** What we aim at. To miss it is no failure. */
  readonly goal?: number;
  /** The figure beyond which the benchmark fails: loose enough to hold on a busy machine, tight enough to show a step back. */
  readonly limit?: number;
  /** What was measured before the division: `74 ms`, `2,310,000 rows/s`. */
  readonly measured?: string;
}

export interface BenchOptions {
  /** Fewer runs and less data: ten seconds at the most for each benchmark, with the same rows. */
  readonly quick: boolean;
}

/** Throws when what it compares is not equal, or when a program fails: then no figure counts. */
export type Benchmark = (options: BenchOptions) => Promise<readonly BenchRow[]>;

/** Runs a benchmark when its file is the program: sends the rows to bench/run.ts if that started it, else prints them. */
export async function runAsProgram(moduleUrl: string, benchmark: Benchmark): Promise<void> {
  if (process.argv[1] !== fileURLToPath(moduleUrl)) return;
  const rows = await benchmark({ quick: process.argv.includes('--quick') });
  if (process.send !== undefined) {
    process.send(rows, () => process.disconnect());
    return;
  }
  printHeader();
  printTable(rows);
  process.exitCode = rows.some(missesLimit) ? 1 : 0;
}

/** Prints where and when figures were measured. */
export function printHeader(): void {
  const [cpu] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  console.log(`${cpu?.model ?? 'unknown CPU'} x ${cpus().length}, Node ${process.version}, ${date}\n`);
}

/**
 * The environment of a program whose start is measured: nothing of this machine. With NODE_EXTRA_CA_CERTS every Node reads certificates
 * for some 40 ms, which hides most of what the program adds. `--certificates` leaves that variable as it is.
 */
export function environmentOf(home: string): Readonly<Record<string, string | undefined>> {
  const { PATH, NODE_EXTRA_CA_CERTS } = process.env;
  return { PATH, HOME: home, ...(process.argv.includes('--certificates') && { NODE_EXTRA_CA_CERTS }) };
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/** `2,310,000 rows/s` */
export function formatRate(rowsPerSecond: number): string {
  return `${Math.round(rowsPerSecond).toLocaleString('en')} rows/s`;
}
