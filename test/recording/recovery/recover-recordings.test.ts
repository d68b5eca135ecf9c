import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { identifySelf } from '../../../src/lib/host/process-identity.ts';
import { recoverRecordings } from '../../../src/lib/recording/recovery/recover-recordings.ts';
import { RowRecording } from '../../../src/lib/recording/writer/row-recording.ts';
import { HOSTILE_FILES } from '../hostile-gzip.ts';
import { optionsOf, START, Ticker } from '../writer/recording-fixture.ts';
import { DEAD, header, type LeftBehind, leave, memberEnds, NEVER, PACKED, ROWS, STEM } from './left-behind.ts';

async function recovered({ directory, folder }: LeftBehind): Promise<{ text: string; meta: unknown[] } | undefined> {
  await recoverRecordings(directory, Date.now(), NEVER);
  const names = readdirSync(folder).sort();
  if (names.length === 0) return undefined;
  const data = names.find((name) => name.includes('.ndjson')) as string;
  expect(names).toEqual([`${STEM}.meta.jsonl`, data]);
  expect(data).not.toContain('.part');
  const bytes = readFileSync(path.join(folder, data));
  const meta = readFileSync(path.join(folder, `${STEM}.meta.jsonl`), 'utf8').trimEnd();
  return {
    text: (data.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString(),
    meta: meta.split('\n').map((line) => JSON.parse(line)),
  };
}

describe('what only has the name of such a file', () => {
  const part = (folder: string): string => path.join(folder, `${STEM}.ndjson.part`);
  const metaOf = (folder: string): string => path.join(folder, `${STEM}.meta.jsonl`);
  const recover = (directory: string) => recoverRecordings(directory, Date.now(), NEVER);

  it('is left alone when it is a link: what is behind it keeps its bytes', async () => {
    const { directory, folder } = leave(Buffer.from(''), false);
    const victim = path.join(directory, 'victim');
    writeFileSync(victim, `${ROWS[0]}precious`);
    rmSync(part(folder));
    symlinkSync(victim, part(folder));
    expect(await recover(directory)).toEqual([]);
    expect(readFileSync(victim, 'utf8')).toBe(`${ROWS[0]}precious`);
    expect(lstatSync(part(folder)).isSymbolicLink()).toBe(true);
  });

  it('is left alone when its meta file is a link', async () => {
    const { directory, folder } = leave(Buffer.from(ROWS.join('')), false);
    const victim = path.join(directory, 'victim');
    writeFileSync(victim, header(DEAD));
    rmSync(metaOf(folder));
    symlinkSync(victim, metaOf(folder));
    expect(await recover(directory)).toEqual([]);
    expect(readFileSync(victim, 'utf8')).toBe(header(DEAD));
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('a meta file without data is not removed when it is a link', async () => {
    const { directory, folder } = leave(Buffer.from(''), false);
    const victim = path.join(directory, 'victim');
    writeFileSync(victim, header(DEAD));
    rmSync(part(folder));
    rmSync(metaOf(folder));
    symlinkSync(victim, metaOf(folder));
    await recover(directory);
    expect(lstatSync(metaOf(folder)).isSymbolicLink()).toBe(true);
  });

  it('a temporary file of ours is a new one, never behind a link', async () => {
    const { directory, folder } = leave(Buffer.from(ROWS.join('')), false);
    const victim = path.join(directory, 'victim');
    writeFileSync(victim, 'precious');
    // The name that it had once, which anybody could foresee.
    symlinkSync(victim, `${metaOf(folder)}.${process.pid}.tmp`);
    expect(await recover(directory)).toHaveLength(1);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(readFileSync(metaOf(folder), 'utf8')).toContain('"recovered"');
  });
});

describe('a file that was left behind', () => {
  it('is cut back to its last whole member, wherever it was cut', async () => {
    const lengths = new Set(memberEnds.flatMap((end) => [end - 1, end, end + 1]));
    // Much of the last member, and some of those before.
    for (let at = 0; at < PACKED.length; at += at < (memberEnds[1] as number) ? 31 : 5) lengths.add(at);
    for (const length of lengths) {
      const whole = memberEnds.filter((end) => end <= length).length;
      const found = await recovered(leave(PACKED.subarray(0, length), true));
      expect(found?.text ?? '', `cut at ${length}`).toBe(ROWS.slice(0, whole * 2).join(''));
      if (whole > 0) expect(found?.meta.at(-1)).toMatchObject({ type: 'Footer', rows: whole * 2, reason: 'recovered' });
    }
  });

  it('is cut back to its last whole row without compression', async () => {
    const plain = Buffer.from(ROWS.join(''));
    for (let length = 0; length <= plain.length; length += 37) {
      const found = await recovered(leave(plain.subarray(0, length), false));
      const whole = plain.subarray(0, length).toString().lastIndexOf('\n') + 1;
      expect(found?.text ?? '', `cut at ${length}`).toBe(plain.subarray(0, whole).toString());
    }
  });

  it('that was written whole is only finished', async () => {
    expect((await recovered(leave(PACKED, true)))?.text).toBe(ROWS.join(''));
  });

  it.each([
    [true, 'a member'],
    [false, 'a row'],
  ])('gzip %s: with a hole keeps what is whole around it', async (isGzip) => {
    const data = isGzip ? Buffer.from(PACKED) : Buffer.from(ROWS.join(''));
    const [begin, end] = isGzip ? [memberEnds[0] as number, memberEnds[1] as number] : [900, 1_100];
    data.fill(0, begin + 20, end - 3);
    const found = await recovered(leave(data, isGzip));
    const rows = found?.text.split(/(?<=\n)/) ?? [];
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.length).toBeLessThan(6);
    for (const row of rows) expect(ROWS).toContain(row);
    expect(found?.meta.at(-1)).toMatchObject({ rows: rows.length });
  });

  it('keeps the whole lines of its meta file', async () => {
    const gap = '{"type":"Gap","from":1,"to":2,"reason":"stalled","symbols":["NSE:SBIN-EQ"]}\n';
    const found = await recovered(leave(PACKED, true, `${header(DEAD)}${gap}{"type":"Gap","fr`));
    expect(found?.meta.map((line) => (line as { type: string }).type)).toEqual(['Header', 'Gap', 'Footer']);
  });

  it('with a footer, whose program was killed before the last step, gets its name', async () => {
    const footer = '{"type":"Footer","ended":1,"rows":6,"reason":"stopped"}\n';
    const found = await recovered(leave(PACKED, true, header(DEAD) + footer));
    expect(found?.meta).toHaveLength(2);
    expect(found?.text).toBe(ROWS.join(''));
  });

  it('is finished by two programs at once as by one', async () => {
    const { directory, folder } = leave(PACKED.subarray(0, PACKED.length - 5), true, `${header(DEAD)}{"ty`);
    await Promise.all(Array.from({ length: 4 }, () => recoverRecordings(directory, Date.now(), NEVER)));
    expect(readdirSync(folder).sort()).toEqual([`${STEM}.meta.jsonl`, `${STEM}.ndjson.gz`]);
    expect(gunzipSync(readFileSync(path.join(folder, `${STEM}.ndjson.gz`))).toString()).toBe(ROWS.slice(0, 4).join(''));
  });

  it('with a meta file alone leaves nothing', async () => {
    const { directory, folder } = leave(PACKED, true);
    await recoverRecordings(directory, Date.now(), NEVER);
    const lone = path.join(folder, '20261123T091500-aaaaaa-0001.meta.jsonl');
    writeFileSync(lone, header(DEAD));
    await recoverRecordings(directory, Date.now(), NEVER);
    expect(existsSync(lone)).toBe(false);
  });
});

describe('what is not left behind', () => {
  it('a file whose program still runs', async () => {
    const options = optionsOf();
    const recording = new RowRecording(options);
    recording.tick(new Ticker(0, 'NSE:SBIN-EQ').at(START, 100));
    // What a program of the test's process writes is being written.
    const { directory, folder } = leave(PACKED.subarray(0, 50), true, header(identifySelf()));
    expect(await recoverRecordings(directory, Date.now(), NEVER)).toEqual([]);
    expect(readdirSync(folder)).toContain(`${STEM}.ndjson.gz.part`);
    await recording.end();
  });

  it('a file of another machine that was touched a moment ago', async () => {
    const elsewhere = header({ pid: 1, start: 'b00000000-17' });
    const { directory, folder } = leave(PACKED, true, elsewhere);
    expect(await recoverRecordings(directory, Date.now(), NEVER)).toEqual([]);
    const old = new Date(Date.now() - 600_000);
    utimesSync(path.join(folder, `${STEM}.ndjson.gz.part`), old, old);
    expect(await recoverRecordings(directory, Date.now(), NEVER)).toHaveLength(1);
  });

  it.each([
    ['of another container', { ...identifySelf(), pid: 99_999_999, place: `1-${identifySelf().place?.split('-')[1]}` }],
    ['of another machine', { pid: 1, start: 'b00000000-17', place: '1-00000000' }],
  ])('a file %s that was touched a moment ago', async (_, writer) => {
    const { directory, folder } = leave(PACKED, true, header(writer));
    expect(await recoverRecordings(directory, Date.now(), new AbortController().signal)).toEqual([]);
    const old = new Date(Date.now() - 600_000);
    utimesSync(path.join(folder, `${STEM}.ndjson.gz.part`), old, old);
    expect(await recoverRecordings(directory, Date.now(), new AbortController().signal)).toHaveLength(1);
  });

  it('a file of another version', async () => {
    const { directory } = leave(PACKED, true, header(DEAD).replace('"schema":1', '"schema":2'));
    expect(await recoverRecordings(directory, Date.now(), NEVER)).toEqual([]);
  });

  it('a file that has another name', async () => {
    const { directory, folder } = leave(PACKED, true);
    await recoverRecordings(directory, Date.now(), NEVER);
    const other = path.join(folder, 'mine.ndjson.gz.part');
    writeFileSync(other, 'x');
    expect(await recoverRecordings(directory, Date.now(), NEVER)).toEqual([]);
    expect(readFileSync(other, 'utf8')).toBe('x');
  });
});

describe('a file that is made to be slow', () => {
  it('does not outlive the signal that ends the program', async () => {
    const left = leave((HOSTILE_FILES['members within members'] as () => Buffer)(), true);
    const abort = new AbortController();
    const recovering = recoverRecordings(left.directory, Date.now(), abort.signal);
    setImmediate(() => abort.abort('SIGINT'));
    await expect(recovering).rejects.toBe('SIGINT');
    expect(readdirSync(left.folder).sort()).toEqual([`${STEM}.meta.jsonl`, `${STEM}.ndjson.gz.part`]);
  });
});
