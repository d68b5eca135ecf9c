import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Script } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CodeCache } from '../../src/lib/host/code-cache.ts';

const require = createRequire(import.meta.url);
const ID = '0123456789abcdef';

let folder: string;
let bundle: string;
let cache: string;
let cached: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-code-'));
  bundle = path.join(folder, 'program.cjs');
  cache = path.join(folder, 'cache/code');
  cached = path.join(cache, `quote.program.${ID}`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A bundle whose function returns a text. */
function write(answer: string, id = ID): void {
  const text = `exports.answer = () => ${JSON.stringify(answer)}; exports.base = require("node:path").basename(__filename);`;
  writeFileSync(bundle, `/*${id}*/(function(exports,require,module,__filename,__dirname){${text}\n})`);
}

/** Loads the bundle as a run of its own does, and lets it keep its code. Whether it kept any. */
function run(given: { folder?: string | undefined; home?: string; reach?: number } = {}): {
  answer: string;
  isCompiled: boolean;
} {
  const { reach, ...options } = given;
  const code = new CodeCache({ folder: cache, name: 'quote', home: folder, ...options });
  const { answer } = code.load(bundle, require) as { answer(): string };
  const said = answer();
  const keep = vi.spyOn(Script.prototype, 'createCachedData');
  code.save(reach);
  const isCompiled = keep.mock.calls.length > 0;
  keep.mockRestore();
  return { answer: said, isCompiled };
}

describe('a bundle', () => {
  test('is run with the five names of CommonJS, and once', () => {
    write('one');
    const code = new CodeCache({ folder: cache, name: 'quote', home: folder });
    const loaded = code.load(bundle, require);
    expect(loaded).toMatchObject({ base: 'program.cjs' });
    expect(code.load(bundle, require)).toBe(loaded);
  });

  test('is compiled in the first run only', () => {
    write('one');
    expect([run(), run(), run()]).toEqual([
      { answer: 'one', isCompiled: true },
      { answer: 'one', isCompiled: false },
      { answer: 'one', isCompiled: false },
    ]);
    expect(readdirSync(cache)).toEqual([`quote.program.${ID}`]);
    expect(statSync(cached).mode & 0o777).toBe(0o600);
    expect(statSync(cache).mode & 0o777).toBe(0o700);
  });

  test('is kept again by a run that came further, with the code of both', () => {
    write('one');
    const runs = [run(), run({ reach: 1 }), run(), run({ reach: 1 })];
    expect(runs.map(({ isCompiled }) => isCompiled)).toEqual([true, true, false, false]);
  });

  test('of another build is compiled anew, also when it is as long', () => {
    write('one');
    run();
    write('two', 'fedcba9876543210');
    expect(run()).toEqual({ answer: 'two', isCompiled: true });
    expect(run()).toEqual({ answer: 'two', isCompiled: false });
  });

  test('of two builds that are used in turn is compiled once for each', () => {
    const builds = { one: ID, two: 'fedcba9876543210' };
    const runs = [];
    for (const answer of ['one', 'two', 'one', 'two'] as const) {
      write(answer, builds[answer]);
      runs.push(run());
    }
    expect(runs.map(({ answer, isCompiled }) => `${answer} ${isCompiled}`)).toEqual([
      'one true',
      'two true',
      'one false',
      'two false',
    ]);
  });

  test('is kept for the last two builds, and nothing else is removed for them', () => {
    mkdirSync(cache, { recursive: true });
    for (const name of [
      'quote.program',
      'quote.program.1',
      'quote.other.0123456789abcdef',
      'quote-sim.program.0123456789abcdef',
    ]) {
      writeFileSync(path.join(cache, name), 'code');
    }
    const others = readdirSync(cache);
    for (let build = 0; build < 4; build++) {
      const id = String(build).repeat(16);
      write('one', id);
      run();
      const at = Date.now() / 1_000 - 60 + build;
      utimesSync(path.join(cache, `quote.program.${id}`), at, at);
    }
    const left = readdirSync(cache).filter((name) => !others.includes(name));
    expect(left.sort()).toEqual(['2', '3'].map((build) => `quote.program.${build.repeat(16)}`));
    expect(readdirSync(cache)).toEqual(expect.arrayContaining(others));
  });

  test('without an id is compiled each time: nothing says which build it is', () => {
    writeFileSync(bundle, '(function(exports){exports.answer=()=>"bare"})');
    expect(run()).toEqual({ answer: 'bare', isCompiled: false });
    expect(existsSync(cache)).toBe(false);
  });

  test('is run without a folder', () => {
    write('one');
    expect(run({ folder: undefined })).toMatchObject({ answer: 'one' });
    expect(existsSync(cache)).toBe(false);
  });
});

describe('code that cannot be trusted is compiled anew', () => {
  beforeEach(() => {
    write('one');
    run();
  });

  test.each(['head', 'checksum', 'middle', 'end'])('a flipped bit: %s', (place) => {
    const bytes = readFileSync(cached);
    const at = { head: 0, checksum: 16, middle: bytes.length >> 1, end: bytes.length - 1 }[place] as number;
    bytes[at] = (bytes[at] as number) ^ 1;
    writeFileSync(cached, bytes);
    expect(run()).toEqual({ answer: 'one', isCompiled: true });
    expect(run()).toEqual({ answer: 'one', isCompiled: false });
  });

  test.each([0, 10, 24, 100])('a file of %i bytes', (length) => {
    writeFileSync(cached, readFileSync(cached).subarray(0, length));
    expect(run()).toEqual({ answer: 'one', isCompiled: true });
  });

  test('what other users can write', () => {
    chmodSync(cached, 0o622);
    expect(run()).toEqual({ answer: 'one', isCompiled: true });
    expect(statSync(cached).mode & 0o777).toBe(0o600);
  });

  test('a link, which is replaced and not followed', () => {
    const other = path.join(folder, 'other');
    renameSync(cached, other);
    const before = readFileSync(other);
    symlinkSync(other, cached);
    expect(run()).toMatchObject({ answer: 'one' });
    expect(readFileSync(other)).toEqual(before);
    expect(statSync(cached).ino).not.toBe(statSync(other).ino);
  });

  test('a folder in its place', () => {
    rmSync(cached);
    mkdirSync(cached);
    expect(run()).toMatchObject({ answer: 'one' });
    expect(statSync(cached).isDirectory()).toBe(true);
  });
});

describe('what is not used any more', () => {
  /** Makes it as old as that. */
  function age(place: string, seconds: number): void {
    const at = Date.now() / 1_000 - seconds;
    utimesSync(place, at, at);
  }

  test('drafts of processes that were killed are removed, those that are being written are not', () => {
    write('one');
    mkdirSync(cache, { recursive: true });
    for (const name of ['quote.program.1.draft', 'stream.program.2.draft', 'quote.program.3.draft', 'other.program']) {
      writeFileSync(path.join(cache, name), 'half');
      if (!name.includes('3')) age(path.join(cache, name), 3_600);
    }
    run();
    expect(readdirSync(cache).sort()).toEqual(['other.program', `quote.program.${ID}`, 'quote.program.3.draft']);
  });

  test('code that has not changed for a month is removed: its command may be gone', () => {
    write('one');
    mkdirSync(cache, { recursive: true });
    for (const [name, days] of [
      ['old.program', 31],
      ['young.program', 29],
    ] as const) {
      writeFileSync(path.join(cache, name), 'code');
      age(path.join(cache, name), days * 86_400);
    }
    run();
    expect(readdirSync(cache).sort()).toEqual([`quote.program.${ID}`, 'young.program']);
  });

  test('code of versions of Node that have not run for a month is removed', () => {
    write('one');
    const others = ['v18.0.0-x64', 'v22.0.0-x64'].map((name) => path.join(path.dirname(cache), name));
    for (const other of others) {
      mkdirSync(other, { recursive: true });
      writeFileSync(path.join(other, 'quote.program'), 'code');
    }
    age(others[0] as string, 31 * 86_400);
    age(others[1] as string, 29 * 86_400);
    run();
    expect(readdirSync(path.dirname(cache)).sort()).toEqual(['code', 'v22.0.0-x64']);
  });
});

describe('where code cannot be kept, the program runs all the same', () => {
  test('a file in the place of the folder', () => {
    write('one');
    mkdirSync(path.dirname(cache), { recursive: true });
    writeFileSync(cache, 'a file');
    expect(run()).toMatchObject({ answer: 'one' });
    expect(readFileSync(cache, 'utf8')).toBe('a file');
  });

  test('a draft that another process left: nothing is written over', () => {
    write('one');
    mkdirSync(cache, { recursive: true });
    const draft = `${cached}.${process.pid}.draft`;
    writeFileSync(draft, 'of another');
    linkSync(draft, path.join(folder, 'kept'));
    expect(run()).toMatchObject({ answer: 'one' });
    expect(readFileSync(path.join(folder, 'kept'), 'utf8')).toBe('of another');
  });
});
