/*
 * All benchmarks in turn, each in a process of its own, and one table of their rows at the end:
 *   npm run bench                                   all of them
 *   npm run bench -- --quick                        fewer runs and less data: under two minutes
 *   npm run bench -- --only startup --only quote    these
 * Ends with 1 when a figure is beyond its limit or a benchmark fails.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.ts';
import { type BenchRow, printHeader } from './benchmark.ts';
import { missesLimit, printTable } from './table.ts';

/** Each is a file of this folder. */
const BENCHMARKS = [
  'startup',
  'quote',
  'end-to-end',
  'encode',
  'paint',
  'hub-fan-out',
  'delay',
  'memory',
  'record',
  'record-minute',
  'compact',
  'replay',
  'where',
  'symbol-master',
] as const;
type BenchmarkName = (typeof BENCHMARKS)[number];

interface Options {
  readonly quick: boolean;
  readonly only: readonly BenchmarkName[];
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, only: { type: 'string', multiple: true, default: [] } },
  });
  const names: readonly string[] = BENCHMARKS;
  const wrong = values.only.filter((name) => !names.includes(name));
  if (wrong.length > 0) throw new Error(`no benchmark ${wrong.join(', ')}; there are ${names.join(', ')}`);
  const only = BENCHMARKS.filter((name) => values.only.length === 0 || values.only.includes(name));
  return { quick: values.quick, only };
}

/** Resolves with the rows of one benchmark; undefined when it failed. Its own messages go to stderr as they come. */
function runOne(name: BenchmarkName, quick: boolean): Promise<readonly BenchRow[] | undefined> {
  const child = fork(fileURLToPath(new URL(`${name}.ts`, import.meta.url)), quick ? ['--quick'] : [], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  let rows: readonly BenchRow[] | undefined;
  child.on('message', (message) => {
    rows = message as readonly BenchRow[];
  });
  return new Promise((resolve) => {
    child.on('close', (status) => resolve(status === 0 ? rows : undefined));
  });
}

const { quick, only } = readOptions();
await build();
const rows: BenchRow[] = [];
const failed: string[] = [];
for (const name of only) {
  const begun = performance.now();
  const found = await runOne(name, quick);
  process.stderr.write(`${name}: ${found === undefined ? 'failed' : 'done'}, ${seconds(begun)}\n`);
  if (found === undefined) failed.push(name);
  rows.push(...(found ?? []));
}
printHeader();
printTable(rows);
console.log(`\n${quick ? 'quick, ' : ''}${seconds(0)} in all`);
if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 || rows.some(missesLimit) ? 1 : 0;

function seconds(begun: number): string {
  return `${((performance.now() - begun) / 1_000).toFixed(0)} s`;
}
