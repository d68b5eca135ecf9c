import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecordedRows } from '../../../src/lib/recording/reader/recorded-lines.ts';
import { HOSTILE_FILES } from '../hostile-gzip.ts';
import { makeFolder } from '../made-rows.ts';

describe('a file that is made to be slow', () => {
  it('can be left at any time', async () => {
    const file = path.join(makeFolder(), 'a.ndjson.gz');
    writeFileSync(file, (HOSTILE_FILES['members within members'] as () => Buffer)());
    const abort = new AbortController();
    const read = readRecordedRows(file, () => {}, abort.signal);
    const first = read.next();
    setImmediate(() => abort.abort('SIGINT'));
    await expect(first).rejects.toBe('SIGINT');
  });
});
