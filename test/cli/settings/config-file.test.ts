import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KnownFlags } from '../../../src/lib/cli/settings/config-contents.ts';
import { locateConfigFile, type NamedProfile, readProfile } from '../../../src/lib/cli/settings/config-file.ts';
import { tokenFileOf } from '../../../src/lib/host/user-directories.ts';

const { signal } = new AbortController();
const KNOWN: KnownFlags = new Map([
  ['count', 'option'],
  ['fields', 'option'],
  ['token-file', 'option'],
  ['events', 'boolean'],
]);
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'tickpipe-config-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const REQUEST = { named: undefined, mayBeNew: false, knownFlags: async () => KNOWN, signal };
const byFlag = (name: string): NamedProfile => ({ name, place: '--profile', code: 'USAGE' });

async function read(content: unknown, flag?: string) {
  const name = flag === undefined ? undefined : byFlag(flag);
  const file = path.join(home, 'config.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readProfile({ ...REQUEST, env: { TICKPIPE_CONFIG: file, HOME: home }, named: name });
}

test('reads UTF-16 with a byte order mark, and refuses a file that is not text', async () => {
  const file = path.join(home, 'utf16.json');
  const readIt = () => readProfile({ ...REQUEST, env: { TICKPIPE_CONFIG: file } });
  const text = '{"profiles":{"default":{"count":1}}}';
  await writeFile(file, Buffer.from(`\uFEFF${text}`, 'utf16le').swap16());
  expect((await readIt())?.settings.get('count')).toBe('1');
  await writeFile(file, Buffer.from(text, 'utf16le'));
  await expect(readIt()).rejects.toMatchObject({
    code: 'BAD_CONFIGURATION',
    message: `${file}: cannot be read: it is not text in UTF-8 or UTF-16`,
  });
});

test('refuses what is no regular file, so that no command waits for a writer', async () => {
  for (const file of ['/dev/null', '/dev/zero']) {
    await expect(readProfile({ ...REQUEST, env: { TICKPIPE_CONFIG: file } })).rejects.toMatchObject({
      code: 'BAD_CONFIGURATION',
      message: `${file}: cannot be read: it is not a regular file`,
    });
  }
});

describe('the path of the file', () => {
  test.each([
    [{ TICKPIPE_CONFIG: '/a/b.json', XDG_CONFIG_HOME: '/x', HOME: '/h' }, '/a/b.json', true],
    [{ XDG_CONFIG_HOME: '/x', HOME: '/h' }, '/x/tickpipe/config.json', false],
    [{ XDG_CONFIG_HOME: 'relative', HOME: '/h' }, '/h/.config/tickpipe/config.json', false],
    [{ HOME: '/h' }, '/h/.config/tickpipe/config.json', false],
    [{ HOME: '' }, path.join(userInfo().homedir, '.config/tickpipe/config.json'), false],
    [{ HOME: 'relative' }, path.join(userInfo().homedir, '.config/tickpipe/config.json'), false],
  ])('%j', (env, file, required) => expect(locateConfigFile(env)).toEqual({ file, required }));

  test('needs no file at the default path, and then reads nothing else', async () => {
    const knownFlags = () => expect.unreachable('there is no file');
    const profile = await readProfile({ ...REQUEST, env: { HOME: path.join(home, 'nobody') }, knownFlags });
    expect(profile).toMatchObject({ name: 'default', settings: new Map() });
  });

  test('reads the default path', async () => {
    const folder = path.join(home, '.config/tickpipe');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'config.json'), '{"profiles":{"default":{"count":1}}}');
    const profile = await readProfile({ ...REQUEST, env: { HOME: home } });
    expect(profile?.settings.get('count')).toBe('1');
  });

  test.each([
    [
      'a named file that is not there',
      { TICKPIPE_CONFIG: '/nowhere/c.json' },
      undefined,
      /^\/nowhere\/c.json: cannot be read: there is no such file$/,
    ],
    ['a folder', { TICKPIPE_CONFIG: '/' }, undefined, /^\/: cannot be read: it is a directory$/],
    [
      'a profile without a file',
      { HOME: '/nowhere' },
      'night',
      /^there is no profile "night": .* does not exist, and there is no login of that name$/,
    ],
  ])('%s', async (_, env, name, message) => {
    const reading = readProfile({ ...REQUEST, env, named: name === undefined ? undefined : byFlag(name) });
    await expect(reading).rejects.toMatchObject({
      code: 'BAD_CONFIGURATION',
      exit: 78,
      message: expect.stringMatching(message),
    });
  });
});

describe('the profile', () => {
  const FILE = { profile: 'day', profiles: { default: { count: 1 }, day: { count: 2 }, night: { count: 3 } } };

  test('is the named one, then that of the file, then default, then none', async () => {
    expect((await read(FILE, 'night'))?.settings.get('count')).toBe('3');
    expect((await read(FILE))?.settings.get('count')).toBe('2');
    expect((await read({ profiles: FILE.profiles }))?.settings.get('count')).toBe('1');
    const none = { name: 'default', settings: new Map() };
    expect(await read({ profiles: { day: {} } })).toMatchObject(none);
    expect(await read({})).toMatchObject(none);
    expect((await read(FILE, 'night')).name).toBe('night');
    expect((await read(FILE)).name).toBe('day');
  });

  test('an unknown one is an error that lists the known ones', async () => {
    await expect(read(FILE, 'nigth')).rejects.toMatchObject({
      message: expect.stringMatching(/config.json: there is no profile "nigth"; there are: default, day, night$/),
    });
    await expect(read({ profile: 'x' })).rejects.toMatchObject({
      message: expect.stringMatching(/"x"; there are: none$/),
    });
    await expect(read({ profiles: {} }, 'constructor')).rejects.toMatchObject({ code: 'BAD_CONFIGURATION' });
    await expect(read(FILE, 'nigth')).rejects.toMatchObject({
      hint: 'did you mean "night"? tickpipe login --profile nigth or tickpipe profile use nigth makes it',
    });
  });

  test('needs no section in the file, nor the file, when there is a login of its name', async () => {
    const env = { HOME: path.join(home, 'logged-in') };
    const file = tokenFileOf(env, 'work');
    await mkdir(path.dirname(file), { recursive: true });
    await expect(readProfile({ ...REQUEST, env, named: byFlag('work') })).rejects.toMatchObject({ exit: 78 });
    await writeFile(file, '{}');
    const profile = await readProfile({ ...REQUEST, env, named: byFlag('work') });
    expect(profile).toMatchObject({ name: 'work', settings: new Map() });
    await expect(readProfile({ ...REQUEST, env, named: byFlag('wrok') })).rejects.toMatchObject({ exit: 78 });
  });

  test('may be new for a command that makes it, also without the file that TICKPIPE_CONFIG names', async () => {
    const env = { TICKPIPE_CONFIG: path.join(home, 'missing.json') };
    const profile = await readProfile({ ...REQUEST, env, named: byFlag('new'), mayBeNew: true });
    expect(profile).toMatchObject({ name: 'new', settings: new Map() });
  });

  test.each(['../x', '/x', '.hidden', '', 'a b', '-x', 'a/b', '__proto__', 'n\u0000', 'x'.repeat(65), 'ä'])(
    'is not %j: its name becomes the name of a file',
    async (name) => {
      await expect(read({ profiles: { [name]: {} } }, name)).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringMatching(/^--profile: expected a name of /),
      });
      await expect(read({ profile: name, profiles: {} })).rejects.toMatchObject({
        code: 'BAD_CONFIGURATION',
        message: expect.stringMatching(/config.json: profile: expected a name of /),
      });
    },
  );
});

test('values become texts as on the command line', async () => {
  const profile = await read({
    profiles: { default: { count: 5, fields: ['ltp', 'bid'], 'token-file': '~/t', events: false } },
  });
  expect([...(profile?.settings ?? [])]).toEqual([
    ['count', '5'],
    ['fields', 'ltp,bid'],
    ['token-file', '~/t'],
    ['events', 'false'],
  ]);
  expect(profile?.placeOf('count')).toMatch(/config.json: profiles.default.count$/);
});

describe('what is refused', () => {
  test.each<[string, unknown, RegExp]>([
    ['not JSON', '{"profiles":', /not valid JSON$/],
    ['an empty file', '', /not valid JSON$/],
    ['not an object', '[1]', /the file: wrong type$/],
    ['a key beside profiles', { profilse: {} }, /profilse: unknown key$/],
    ['profiles of the wrong type', { profiles: 'x' }, /profiles: wrong type$/],
    ['a profile of the wrong type', { profiles: { a: 1 } }, /profiles.a: wrong type$/],
    ['a value of the wrong type', { profiles: { a: { count: null } } }, /profiles.a.count: wrong type$/],
    ['an unknown flag', { profiles: { a: { conut: 1 } } }, /profiles.a.conut: unknown key$/],
    ['a boolean as text', { profiles: { a: { events: 'true' } } }, /profiles.a.events: expected true or false$/],
    ['a number as boolean', { profiles: { a: { count: true } } }, /profiles.a.count: expected a string, a number/],
    [
      'a token under its name',
      { profiles: { a: { access_token: 'AB:1' } } },
      /profiles.a.access_token: secrets are not allowed here$/,
    ],
    ['a secret beside profiles', { 'api-key': 'x' }, /api-key: secrets are not allowed here$/],
    ['a token under any name', { profiles: { a: { fields: [TOKEN] } } }, /profiles.a.fields.0: contains a token$/],
    ['nesting without end', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`, /a: unknown key$/],
    ['a file without end', ' '.repeat(1024 * 1024 + 1), /larger than 1048576 bytes$/],
  ])('%s', async (_, content, message) => {
    const error: unknown = await read(content).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'BAD_CONFIGURATION', exit: 78, message: expect.stringMatching(message) });
    expect(String(error)).not.toContain(TOKEN);
  });

  test('suggests the right name for a typing error', async () => {
    await expect(read({ profiles: { a: { token_file: 'x' } } })).rejects.toMatchObject({ code: 'BAD_CONFIGURATION' });
    await expect(read({ profiles: { a: { evnts: true } } })).rejects.toMatchObject({ hint: 'did you mean "events"?' });
  });
});
