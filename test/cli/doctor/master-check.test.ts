import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { masterCheck } from '../../../src/lib/cli/doctor/master-check.ts';
import { DAY_MS } from '../../../src/lib/clock/ist.ts';
import { inspectMasterCache } from '../../../src/lib/symbols/master/read-cache.ts';
import { MASTER_FILES, type MasterFileName } from '../../../src/lib/symbols/master/symbol-master.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { NOW_MS } from '../../symbols/master/csv-lines.ts';
import { examine, makeDoctor, makeFolder } from './make-doctor.ts';
import { cacheMaster, startTinyMaster } from './tiny-master.ts';

const HINT = 'run tickpipe symbols refresh';

/** A home with a cached master of these files, and what a doctor finds there some time later. */
async function makeCache(files: readonly MasterFileName[] = MASTER_FILES) {
  const env = { HOME: makeFolder(), TICKPIPE_MASTER_URL: await startTinyMaster() };
  const clock = new ManualClock(NOW_MS);
  await cacheMaster(env, clock, files);
  const look = (laterMs = 0) => {
    clock.jumpWall(laterMs);
    return examine(masterCheck, makeDoctor({ env, clock }));
  };
  return { look, folder: inspectMasterCache({ env }).directory };
}

test('says how many symbols there are and when they were confirmed', async () => {
  const { look } = await makeCache();
  expect(await look()).toEqual({
    status: 'ok',
    message: expect.stringMatching(/^\d+ symbols?, confirmed at \d\d:\d\d IST$/),
  });
});

test.each([
  [DAY_MS, /confirmed yesterday at \d\d:\d\d IST; the files of today were not asked for yet$/],
  [5 * DAY_MS, /confirmed 5 days ago; the files of today/],
  [-5 * DAY_MS, /which is in the future/],
])('warns of one that is %d ms old', async (laterMs, message) => {
  const { look } = await makeCache();
  expect(await look(laterMs)).toEqual({ status: 'warning', message: expect.stringMatching(message), hint: HINT });
});

test('warns when there is none', async () => {
  const { look, folder } = await makeCache();
  rmSync(folder, { recursive: true });
  expect(await look()).toEqual({
    status: 'warning',
    message: expect.stringContaining('nothing is cached'),
    hint: HINT,
  });
});

test('names the files that are missing or damaged', async () => {
  const { look, folder } = await makeCache(['NSE_CM', 'NSE_FO', 'BSE_CM', 'BSE_FO', 'NSE_CD', 'NSE_COM']);
  writeFileSync(path.join(folder, 'NSE_FO.master'), 'nonsense');
  const result = await look();
  expect(result).toMatchObject({ status: 'warning', hint: HINT });
  expect(result.message).toContain(`NSE_FO in ${folder} cannot be used (damaged)`);
  expect(result.message).toContain('without MCX_COM');
});

test('a cache of which nothing can be used', async () => {
  const { look, folder } = await makeCache(['NSE_CM']);
  writeFileSync(path.join(folder, 'NSE_CM.master'), '');
  const result = await look();
  expect(result.status).toBe('warning');
  expect(result.message).toContain('NSE_CM');
  expect(result.message).toContain('nothing is cached');
});

test('a folder in the place of a file', async () => {
  const { look, folder } = await makeCache(['NSE_CM']);
  rmSync(path.join(folder, 'NSE_CM.master'));
  mkdirSync(path.join(folder, 'NSE_CM.master'));
  chmodSync(path.join(folder, 'NSE_CM.master'), 0o700);
  expect(await look()).toMatchObject({ status: 'warning', hint: HINT });
});
