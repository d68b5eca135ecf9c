import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { recoverRecordings } from '../../../src/lib/recording/recovery/recover-recordings.ts';
import { HOSTILE_FILES } from '../hostile-gzip.ts';
import { leave, NEVER, PACKED, STEM } from './left-behind.ts';

describe('a file that is made to be slow', () => {
  const hostile = (HOSTILE_FILES['members within members'] as () => Buffer)();

  it('is left as it is, and that is said', async () => {
    const left = leave(Buffer.concat([PACKED, hostile]), true);
    const file = path.join(left.folder, `${STEM}.ndjson.gz.part`);
    const found = await recoverRecordings(left.directory, Date.now(), NEVER);
    expect(found).toEqual([{ isLeftAlone: true, file, rows: 0, lostBytes: 0 }]);
    expect(readFileSync(file).equals(Buffer.concat([PACKED, hostile]))).toBe(true);
  }, 40_000);

  it.each(Object.keys(HOSTILE_FILES))(
    'of %s does not hold the start back',
    async (name) => {
      const { directory } = leave((HOSTILE_FILES[name] as () => Buffer)(), true);
      expect(await recoverRecordings(directory, Date.now(), NEVER)).toHaveLength(1);
    },
    40_000,
  );
});
