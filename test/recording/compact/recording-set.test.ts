import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identifySelf } from '../../../src/lib/host/process-identity.ts';
import { findRecordingSets } from '../../../src/lib/recording/compact/recording-set.ts';
import { DATE, lineOf, madeUpRow, STEM, writeRecording } from './recorded-days.ts';

const SECOND = '20261123T101500-3f9a1c-0002';
const MEMBERS = [lineOf(madeUpRow('symbol', 1))];

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function find(folder = root) {
  const { sets, passedOver } = await findRecordingSets(folder);
  return {
    sets: sets.map(({ date, kind, sources }) => ({
      date,
      kind,
      names: sources.map(({ file }) => path.basename(file)),
    })),
    passedOver: passedOver.map(({ file, reason }) => `${path.basename(file)}: ${reason.replaceAll(root, 'DIR')}`),
  };
}

function header(writer: { pid: number; start: string }) {
  return {
    type: 'Header',
    schema: 1,
    kind: 'symbol',
    feed: 'the simulator',
    simulated: true,
    started: 1,
    run: '3f9a1c',
    number: 1,
    version: '0.1.0',
    writer,
    symbols: [],
  };
}

describe('finished recordings', () => {
  test('are put together by day and kind, in the order they were made, packed or not', async () => {
    writeRecording(root, { name: `${SECOND}.ndjson`, members: MEMBERS });
    writeRecording(root, { members: MEMBERS });
    writeRecording(root, { kind: 'depth', members: MEMBERS });
    writeRecording(root, { date: '2026-11-20', members: MEMBERS });
    expect(await find()).toEqual({
      sets: [
        { date: '2026-11-20', kind: 'symbol', names: [`${STEM}.ndjson.gz`] },
        { date: DATE, kind: 'depth', names: [`${STEM}.ndjson.gz`] },
        { date: DATE, kind: 'symbol', names: [`${STEM}.ndjson.gz`, `${SECOND}.ndjson`] },
      ],
      passedOver: [],
    });
  });

  test('are found below folders of any name, and from within their own', async () => {
    writeRecording(path.join(root, 'one'), { members: MEMBERS });
    writeRecording(path.join(root, 'two', 'deep'), { name: SECOND, members: MEMBERS });
    const { sets } = await find();
    expect(sets).toEqual([{ date: DATE, kind: 'symbol', names: [`${STEM}.ndjson.gz`, `${SECOND}.ndjson.gz`] }]);
    expect((await find(path.join(root, 'one', `date=${DATE}`, 'kind=symbol'))).sets).toHaveLength(1);
  });

  test('know how many rows their meta files say they have', async () => {
    writeRecording(root, { members: MEMBERS, meta: [{ type: 'Footer', ended: 1, rows: 7, reason: 'rotated' }] });
    writeRecording(root, { name: SECOND, members: MEMBERS });
    const { sets } = await findRecordingSets(root);
    expect(sets[0]?.sources.map(({ rows }) => rows)).toEqual([7, undefined]);
  });
});

describe('left alone, with its reason, is', () => {
  test.each([
    ['what is not finished', { name: `${STEM}.ndjson.gz.part` }, 'not finished'],
    ['raw messages', { kind: 'raw', name: `${STEM}.raw.jsonl.gz` }, 'raw messages; replay decodes them'],
    ['a file of another name', { name: 'mine.ndjson' }, 'not named as a recording is'],
  ] as const)('%s', async (_, recorded, reason) => {
    const folder = path.join(root, `date=${DATE}`, 'kind' in recorded ? 'kind=raw' : 'kind=symbol');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, recorded.name), '');
    expect(await find()).toEqual({ sets: [], passedOver: [`${recorded.name}: ${reason}`] });
  });

  test('a recording outside the folders of a day and kind', async () => {
    writeFileSync(path.join(root, `${STEM}.ndjson`), MEMBERS.join());
    expect((await find()).passedOver).toEqual([`${STEM}.ndjson: not named as a recording is`]);
  });

  test('a file whose program still runs and has not closed it; not that of one which was killed', async () => {
    writeRecording(root, { members: MEMBERS, meta: [header(identifySelf())] });
    writeRecording(root, { name: SECOND, members: MEMBERS, meta: [header({ pid: 1, start: 'b00000000-1' })] });
    expect(await find()).toEqual({
      sets: [{ date: DATE, kind: 'symbol', names: [`${SECOND}.ndjson.gz`] }],
      passedOver: [`${STEM}.ndjson.gz: still being written`],
    });
    const footer = { type: 'Footer', ended: 1, rows: 1, reason: 'stopped' };
    writeRecording(root, { members: MEMBERS, meta: [header(identifySelf()), footer] });
    expect((await find()).passedOver).toEqual([]);
  });

  test('a second copy of a recording', async () => {
    writeRecording(root, { members: MEMBERS });
    writeRecording(root, { name: `${STEM}.ndjson`, members: MEMBERS });
    expect(await find()).toEqual({
      sets: [{ date: DATE, kind: 'symbol', names: [`${STEM}.ndjson`] }],
      passedOver: [`${STEM}.ndjson.gz: the same recording as DIR/date=${DATE}/kind=symbol/${STEM}.ndjson`],
    });
  });
});

describe('refused is', () => {
  test('what is not there, and what is no folder', async () => {
    const missing = path.join(root, 'missing');
    await expect(findRecordingSets(missing)).rejects.toMatchObject({ code: 'INPUT_MISSING', exit: 8 });
    const file = writeRecording(root, { members: MEMBERS });
    await expect(findRecordingSets(file)).rejects.toMatchObject({ code: 'INPUT_MISSING' });
  });

  test('an empty folder', async () => {
    await expect(findRecordingSets(root)).rejects.toMatchObject({ code: 'RECORDING_EMPTY' });
  });

  test('a recording of another schema, before anything is done', async () => {
    writeRecording(root, { members: MEMBERS, meta: [{ type: 'Header', schema: 99 }] });
    await expect(findRecordingSets(root)).rejects.toMatchObject({ code: 'RECORDING_UNSUPPORTED', exit: 8 });
  });
});
