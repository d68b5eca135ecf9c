import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** One file of a recording, with what stands beside it. */
export interface RecordedFile {
  readonly name: string;
  /** What it holds, unpacked as `zcat` does: an error for what is not whole. */
  readonly text: string;
  readonly meta: readonly Readonly<Record<string, unknown>>[];
}

/** The files below a recordings' directory, in their order. */
export function listFiles(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => path.basename(name).includes('.')).sort();
}

/** Bytes of all files below a recordings' directory. */
export function sizeOf(directory: string): number {
  return listFiles(directory).reduce((sum, name) => sum + statSync(path.join(directory, name)).size, 0);
}

/** Finished data files. */
export function readRecordings(directory: string): RecordedFile[] {
  const names = listFiles(directory).filter((name) => /\.(ndjson|raw\.jsonl)(\.gz)?$/.test(name));
  return names.map((name) => {
    const bytes = readFileSync(path.join(directory, name));
    const metaName = name.replace(/\.(ndjson|raw\.jsonl)(\.gz)?$/, '.meta.jsonl');
    return {
      name,
      text: (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString(),
      meta: parseLines(readFileSync(path.join(directory, metaName), 'utf8')),
    };
  });
}

export function parseLines(text: string): Record<string, unknown>[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error('the last line is not whole');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
