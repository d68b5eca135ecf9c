/*
 * What is measured, each in a process of its own that has just started. Prints one line of JSON: milliseconds, and what was found.
 *   child nothing
 *   child count DIR          lines of all CSV files, and nothing else
 *   child read DIR CACHE     all CSV files into their cached form
 *   child fetch              a refresh over HTTP, TICKPIPE_MASTER_URL
 *   child find LIST          opens the cache and finds each symbol of a file
 *   child search TEXT        opens the cache and searches once
 *   child nearest SYMBOL     opens the cache and names the nearest symbols
 */
import { createReadStream, readFileSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../src/lib/clock/clock.ts';
import { DIRECT } from '../../src/lib/network/route.ts';
import { CsvParser } from '../../src/lib/symbols/master/csv-parser.ts';
import { locateMasterFolder, writeCachedFile } from '../../src/lib/symbols/master/master-folder.ts';
import { readSymbolMaster } from '../../src/lib/symbols/master/read-cache.ts';
import { refreshSymbolMaster } from '../../src/lib/symbols/master/refresh-master.ts';
import { MASTER_FILES, type SymbolMaster } from '../../src/lib/symbols/master/symbol-master.ts';

const [what, ...args] = process.argv.slice(2);
const NOW_MS = Date.parse('2026-11-30T10:00:00+05:30');
const LIMIT = 20;
const { env } = process;

async function countLines(directory: string): Promise<number> {
  let lines = 0;
  for (const name of MASTER_FILES) {
    for await (const chunk of createReadStream(path.join(directory, `${name}.csv`))) {
      const bytes = chunk as Buffer;
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
    }
  }
  return lines;
}

async function readFiles(directory: string): Promise<number> {
  const folder = locateMasterFolder(env);
  let rows = 0;
  for (const name of MASTER_FILES) {
    const parser = new CsvParser(name);
    for await (const chunk of createReadStream(path.join(directory, `${name}.csv`))) parser.write(chunk as Buffer);
    const { builder } = parser.end();
    const facts = { checkedAtMs: NOW_MS, fetchedAtMs: NOW_MS, etag: undefined, lastModified: undefined };
    writeCachedFile(folder, env, name, builder.build({ name, ...facts, hasExtras: false }));
    rows += builder.rows;
  }
  return rows;
}

async function fetchAll(): Promise<number> {
  const { signal } = new AbortController();
  const { master, files } = await refreshSymbolMaster({ env, clock: systemClock, signal, outgoing: DIRECT });
  for (const { problem } of files) if (problem !== undefined) throw problem;
  return master?.size ?? 0;
}

function open(): SymbolMaster {
  const master = readSymbolMaster({ env });
  if (master === undefined) throw new Error('there is no cache');
  return master;
}

/** Each returns how many rows it found, or what. */
const WORK: Readonly<Record<string, () => unknown>> = {
  nothing: () => undefined,
  count: () => countLines(args[0] as string),
  read: () => readFiles(args[0] as string),
  fetch: fetchAll,
  find: () => {
    const symbols = readFileSync(args[0] as string, 'utf8').split('\n');
    const master = open();
    return symbols.filter((symbol) => master.find(symbol) !== undefined).length;
  },
  search: () => {
    const master = open();
    opened();
    return master.search({ text: args.join(' '), limit: LIMIT, nowMs: NOW_MS }).map(({ symbol }) => symbol)[0];
  },
  nearest: () => {
    const master = open();
    opened();
    return master.nearest(args.join(' '), 3, NOW_MS)[0];
  },
};

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const begunAt = performance.now();
const begunCpuMs = cpuMs();
let openMs = 0;
let openCpuMs = 0;
function opened(): void {
  openMs = performance.now() - begunAt;
  openCpuMs = cpuMs() - begunCpuMs;
}
const result = await WORK[what ?? '']?.();
process.stdout.write(
  `${JSON.stringify({
    result,
    totalMs: performance.now() - begunAt,
    totalCpuMs: cpuMs() - begunCpuMs,
    openMs,
    openCpuMs,
    peakMib: process.resourceUsage().maxRSS / 1024,
  })}\n`,
);
