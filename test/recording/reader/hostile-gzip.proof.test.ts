import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { DamageReason } from '../../../src/lib/recording/reader/damage.ts';
import { readRecordedRows } from '../../../src/lib/recording/reader/recorded-lines.ts';
import { HOSTILE_FILES } from '../hostile-gzip.ts';
import { makeFolder, makeRows } from '../made-rows.ts';

/** Bounded work takes a few seconds of it on a busy machine; what these files took before is far beyond. */
const LIMIT_MS = 40_000;

function write(bytes: Buffer): string {
  const file = path.join(makeFolder(), 'a.ndjson.gz');
  writeFileSync(file, bytes);
  return file;
}

describe('a file that is made to be slow', () => {
  it.each(Object.keys(HOSTILE_FILES))(
    'of %s is read in bounded time',
    async (name) => {
      const file = write((HOSTILE_FILES[name] as () => Buffer)());
      const reasons = new Set<DamageReason>();
      for await (const _ of readRecordedRows(file, ({ reason }) => reasons.add(reason))) expect.unreachable();
      expect(reasons.size > 0).toBe(name !== 'empty members');
    },
    LIMIT_MS,
  );

  it(
    'is reported to its end, and what is whole before it is read',
    async () => {
      const rows = makeRows(3);
      const head = gzipSync(Buffer.concat(rows));
      const hostile = (HOSTILE_FILES['members within members'] as () => Buffer)();
      const file = write(Buffer.concat([head, hostile]));
      const found: Buffer[] = [];
      const damages: { offset: number; bytes: number; reason: DamageReason }[] = [];
      const read = readRecordedRows(file, ({ offset, bytes, reason }) => damages.push({ offset, bytes, reason }));
      for await (const some of read) found.push(Buffer.from(some));
      expect(Buffer.concat(found).equals(Buffer.concat(rows))).toBe(true);
      expect(damages).toEqual([
        { offset: head.length, bytes: hostile.length, reason: 'gzip data too broken to be searched' },
      ]);
    },
    LIMIT_MS,
  );

  it(
    'of a gigabyte in a megabyte is unpacked as far as rows may go',
    async () => {
      const file = write((HOSTILE_FILES['a gigabyte of line ends'] as () => Buffer)());
      const reasons: DamageReason[] = [];
      for await (const _ of readRecordedRows(file, ({ reason }) => reasons.push(reason))) expect.unreachable();
      expect(reasons).toContain('gzip data that unpacks to far more than rows do');
    },
    LIMIT_MS,
  );
});
