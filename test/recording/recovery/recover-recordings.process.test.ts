import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { recoverRecordings } from '../../../src/lib/recording/recovery/recover-recordings.ts';
import { leave, NEVER, STEM } from './left-behind.ts';

it('a named pipe in the place of a recording is left alone, and nobody waits for its writer', async () => {
  const { directory, folder } = leave(Buffer.from(''), false);
  for (const file of [`${STEM}.ndjson.part`, `${STEM}.meta.jsonl`]) {
    rmSync(path.join(folder, file));
    execFileSync('mkfifo', [path.join(folder, file)]);
    expect(await recoverRecordings(directory, Date.now(), NEVER)).toEqual([]);
  }
  expect(readdirSync(folder)).toHaveLength(2);
});
