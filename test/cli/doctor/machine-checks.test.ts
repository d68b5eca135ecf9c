import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { diskCheck } from '../../../src/lib/cli/doctor/disk-check.ts';
import { foldersCheck } from '../../../src/lib/cli/doctor/folders-check.ts';
import { programCheck } from '../../../src/lib/cli/doctor/program-check.ts';
import { examine, makeDoctor, makeFolder } from './make-doctor.ts';

describe('program', () => {
  test('names the versions', async () => {
    const machine = { nodeVersion: 'v22.12.0', platform: 'linux', architecture: 'arm64' };
    const message = 'version 0.0.0, Node 22.12.0, linux arm64';
    expect(await examine(programCheck, makeDoctor({ machine }))).toEqual({ status: 'ok', message });
  });

  test.each(['v20.19.0', 'v20.20.1', 'v21.0.0', 'v100.0.0'])('takes Node %s', async (nodeVersion) => {
    expect(await examine(programCheck, makeDoctor({ machine: { nodeVersion } }))).toMatchObject({ status: 'ok' });
  });

  test.each(['v20.18.3', 'v18.20.0', 'v9.99.99'])('refuses Node %s', async (nodeVersion) => {
    expect(await examine(programCheck, makeDoctor({ machine: { nodeVersion } }))).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('this version of Node is not supported'),
      hint: 'install Node 20.19 or newer',
      exit: 78,
    });
  });
});

describe('disk', () => {
  const measure = (bytes: number, files?: number) => ({ measureSpace: async () => ({ bytes, files }) });
  const look = (machine: Parameters<typeof makeDoctor>[0], dir = makeFolder()) =>
    examine(diskCheck, makeDoctor({ ...machine, flags: { dir } }));

  test('gives the free space of the folder, or of the nearest above it that is there', async () => {
    const folder = makeFolder();
    const asked: string[] = [];
    const measureSpace = async (place: string) => {
      asked.push(place);
      return { bytes: 5e9, files: 1_000_000 };
    };
    const dir = path.join(folder, 'not/there');
    expect(await look({ machine: { measureSpace } }, dir)).toEqual({
      status: 'ok',
      message: `5.0 GB free for recordings in ${dir}`,
    });
    expect(asked).toEqual([folder]);
  });

  test.each([
    [50e6, undefined, 'failed', /^only 50\.0 MB free/],
    [1e9, undefined, 'warning', /^only 1\.0 GB free/],
    [1e12, 5, 'failed', /only room for 5 files$/],
  ])('%d bytes and %s files: %s', async (bytes, files, status, message) => {
    const result = await look({ machine: measure(bytes, files) });
    expect(result).toMatchObject({
      status,
      message: expect.stringMatching(message),
      hint: expect.stringContaining('--dir'),
    });
    if (status === 'failed') expect(result.exit).toBe(7);
  });

  test('a folder that cannot be written, and a file in its place', async () => {
    const isWritable = async () => false;
    expect(await look({ machine: { ...measure(1e12), isWritable } })).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('this user cannot write in'),
    });
    const file = path.join(makeFolder(), 'file');
    writeFileSync(file, '');
    expect(await look({}, file)).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('not a directory'),
    });
  });

  test('a disk that cannot be measured', async () => {
    const measureSpace = () => Promise.reject(Object.assign(new Error('no'), { code: 'EIO' }));
    expect(await look({ machine: { measureSpace } })).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('(EIO)'),
    });
  });

  test('measures this machine', async () => {
    const message = expect.stringMatching(/free for recordings in/);
    expect(await look({})).toMatchObject({ message });
  });
});

describe('folders', () => {
  const PLACES = {
    configuration: '.config/tickpipe',
    tokens: '.config/tickpipe/tokens',
    cache: '.cache/tickpipe',
    run: '.tickpipe/run',
    state: '.local/state/tickpipe',
  } as const;

  /** A home with all folders as tickpipe makes them. */
  function makeHome(): string {
    const home = makeFolder();
    for (const place of Object.values(PLACES)) {
      mkdirSync(path.join(home, place), { recursive: true, mode: 0o700 });
      chmodSync(path.join(home, place), 0o700);
    }
    return home;
  }
  const look = (HOME: string, more: Parameters<typeof makeDoctor>[0] = {}) =>
    examine(foldersCheck, makeDoctor({ ...more, env: { HOME, ...more.env } }));

  test('are well when they are there, and when nothing is there yet', async () => {
    expect(await look(makeHome())).toMatchObject({ status: 'ok' });
    expect(await look(makeFolder())).toMatchObject({ status: 'ok' });
  });

  test.each([
    ['configuration', 0o777, 'warning', 'written'],
    ['configuration', 0o755, 'ok', ''],
    ['tokens', 0o755, 'warning', 'entered'],
    ['tokens', 0o730, 'warning', 'written'],
    ['cache', 0o775, 'warning', 'written'],
    ['run', 0o755, 'warning', 'entered'],
    ['run', 0o777, 'failed', 'written'],
    ['state', 0o777, 'warning', 'written'],
  ] as const)('%s with the mode %o: %s', async (name, mode, status, verb) => {
    const home = makeHome();
    const place = path.join(home, PLACES[name]);
    chmodSync(place, mode);
    const result = await look(home);
    expect(result.status).toBe(status);
    if (status === 'ok') return;
    const octal = `0${mode.toString(8)}`;
    expect(result.message).toBe(`the ${name} folder ${place} can be ${verb} by others (mode ${octal})`);
    expect(result.hint).toBe(`chmod 700 ${place}`);
    expect(result.exit).toBe(status === 'failed' ? 78 : undefined);
  });

  test('a run directory of the own choice is not given another mode: commands fail with it', async () => {
    const place = makeFolder();
    chmodSync(place, 0o755);
    const result = await look(makeHome(), { env: { TICKPIPE_RUN_DIR: place } });
    expect(result).toMatchObject({ status: 'failed', hint: `chmod 700 ${place}`, exit: 78 });
  });

  test('a home that cannot be written: commands fail without a run directory, and lose less without the others', async () => {
    const home = makeFolder();
    const isWritable = async () => false;
    const result = await look(home, { machine: { isWritable } });
    expect(result).toMatchObject({ status: 'failed', exit: 78 });
    expect(result.message).toContain(`the run folder ${home}/.tickpipe/run cannot be made in ${home}`);
    expect(result.message).toContain('login cannot store a token');
    expect(result.hint).toContain('TICKPIPE_RUN_DIR');
    const elsewhere = await look(home, {
      env: { TICKPIPE_RUN_DIR: makeFolder() },
      machine: { isWritable: async (place) => place !== home },
    });
    expect(elsewhere.status).toBe('warning');
  });

  test('a folder that is a file', async () => {
    const home = makeFolder();
    mkdirSync(path.join(home, '.cache'));
    writeFileSync(path.join(home, PLACES.cache), '');
    const result = await look(home);
    expect(result).toMatchObject({ status: 'failed', message: expect.stringContaining('is not a directory') });
  });

  test('the hint can be pasted where a path has blanks and quotes', async () => {
    const home = path.join(makeFolder(), "it's mine");
    const place = path.join(home, PLACES.cache);
    mkdirSync(place, { recursive: true });
    chmodSync(place, 0o777);
    expect((await look(home)).hint).toBe(`chmod 700 '${place.replace("'", `'\\''`)}'`);
  });
});
