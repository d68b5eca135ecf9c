import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeToken } from '../support/make-token.ts';
import { afterTest, emptyFolder, environment, keepSecret, PROGRAM, Running, rowsOf, run, shell } from './program.ts';

const MANIFEST = fileURLToPath(new URL('../../oclif.manifest.json', import.meta.url));
interface Manifest {
  readonly commands: Readonly<Record<string, { readonly hidden?: boolean; readonly flags: object }>>;
}

const DONE = { status: 0, stdout: '', stderr: '' };

/** A home of its own, and the path of its configuration file. */
function makeHome(content?: string): { home: string; file: string; tickpipe: typeof run } {
  const home = emptyFolder();
  const file = path.join(home, '.config/tickpipe/config.json');
  if (content !== undefined) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return { home, file, tickpipe: (args, { env, ...rest } = {}) => run(args, { env: { HOME: home, ...env }, ...rest }) };
}

/** A file as a person writes it: its own order, blanks and line ends. */
const HAND_WRITTEN = `{ "profile": "desk",
    "profiles" : {
        "night" : { "format": "csv", "fields": ["symbol", "ltp"] },
        "desk": {
            "time" : "iso",
            "max-lag" : "5s"
        }
    }
}`;

describe('tickpipe config set, get and unset', () => {
  it('make the file and the profile, and a command obeys', async () => {
    const { file, tickpipe } = makeHome();
    expect(await tickpipe(['config', 'set', 'fields', 'symbol,received_at'])).toEqual({ ...DONE, signal: null });
    expect(await tickpipe(['config', 'set', 'no-header', 'yes'])).toMatchObject(DONE);
    expect(await tickpipe(['config', 'set', 'stall-timeout', '45'])).toMatchObject(DONE);
    expect(await tickpipe(['config', 'set', 'format', 'csv', '--profile', 'sheet'])).toMatchObject(DONE);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      profiles: {
        default: { fields: 'symbol,received_at', 'no-header': true, 'stall-timeout': 45 },
        sheet: { format: 'csv' },
      },
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    const { stdout } = await tickpipe(['quote', 'NSE:SBIN-EQ', '--feed', 'sim']);
    expect(Object.keys(rowsOf(stdout)[0] ?? {})).toEqual(['symbol', 'received_at', 'simulated']);
    expect(await tickpipe(['config', 'get', 'fields'])).toMatchObject({ ...DONE, stdout: 'symbol,received_at\n' });
    expect(await tickpipe(['config', 'unset', 'fields'])).toMatchObject(DONE);
    expect(await tickpipe(['config', 'get', 'fields'])).toMatchObject({
      status: 3,
      stdout: '',
      stderr: 'error: fields is not set\nhint: see tickpipe config list\n',
    });
  });

  it('leave everything else as it was written', async () => {
    const { file, tickpipe } = makeHome(HAND_WRITTEN);
    chmodSync(file, 0o640);
    await tickpipe(['config', 'set', 'stall-timeout', '1m']);
    const added = HAND_WRITTEN.replace('"5s"', '"5s",\n            "stall-timeout" : "1m"');
    expect(readFileSync(file, 'utf8')).toBe(added);
    await tickpipe(['config', 'set', 'time', 'epoch']);
    expect(readFileSync(file, 'utf8')).toBe(added.replace('"iso"', '"epoch"'));
    await tickpipe(['config', 'unset', 'time']);
    await tickpipe(['config', 'unset', 'stall-timeout']);
    await tickpipe(['config', 'unset', 'fields', '--profile', 'night']);
    expect(readFileSync(file, 'utf8')).toBe(
      HAND_WRITTEN.replace('"time" : "iso",\n            ', '').replace(', "fields": ["symbol", "ltp"]', ''),
    );
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it('follow a link to a repository of dotfiles, also to a file that is not there yet', async () => {
    const { home, file, tickpipe } = makeHome();
    mkdirSync(path.join(home, '.config/tickpipe'), { recursive: true });
    mkdirSync(path.join(home, 'dotfiles'));
    symlinkSync('../../dotfiles/tickpipe.json', file);
    expect(await tickpipe(['config', 'set', 'time', 'iso'])).toMatchObject(DONE);
    expect(await tickpipe(['config', 'set', 'max-lag', '3s'])).toMatchObject(DONE);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(path.join(home, 'dotfiles/tickpipe.json'), 'utf8'))).toEqual({
      profiles: { default: { time: 'iso', 'max-lag': '3s' } },
    });
    expect(readdirSync(path.join(home, 'dotfiles'))).toEqual(['tickpipe.json']);
  });

  it('write the file that TICKPIPE_CONFIG names, but not its folder', async () => {
    const { home, file, tickpipe } = makeHome();
    const other = path.join(home, 'other.json');
    const env = { TICKPIPE_CONFIG: other };
    expect(await tickpipe(['config', 'path'], { env })).toMatchObject({ ...DONE, stdout: `${other}\n` });
    expect(await tickpipe(['config', 'set', 'time', 'iso'], { env })).toMatchObject(DONE);
    expect(await tickpipe(['config', 'get', 'time'], { env })).toMatchObject({ stdout: 'iso\n' });
    expect(existsSync(file)).toBe(false);
    const missing = { TICKPIPE_CONFIG: path.join(home, 'no/such/config.json') };
    expect(await tickpipe(['config', 'set', 'time', 'iso'], { env: missing })).toMatchObject({
      status: 7,
      stderr: `error: cannot write ${missing.TICKPIPE_CONFIG}: there is no such directory\nhint: make the directory first, or correct the name\n`,
    });
  });

  it.each([
    ['an unknown key', ['tmie', 'iso'], 'unknown key "tmie"', 'did you mean "time"?'],
    ['a value that no command takes', ['time', 'is'], 'time: expected one of epoch, iso, not "is"', 'see '],
    ['a boolean that is none', ['gzip', 'maybe'], 'gzip: expected 1, true, yes, 0, false or no, not "maybe"', 'see '],
    ['the profile', ['profile', 'x'], 'the profile is no setting of a profile', 'tickpipe profile use NAME'],
    ['a secret by its name', ['access_token', 'AB:1'], '"access_token": secrets are not allowed here', 'keep tokens'],
    ['a contradiction', ['verbose', 'true'], '--quiet and --verbose exclude each other', 'unset one of them first'],
  ])('refuse %s', async (_, args, message, hint) => {
    const before = '{"profiles":{"default":{"quiet":true}}}';
    const { file, tickpipe } = makeHome(before);
    const { status, stdout, stderr } = await tickpipe(['config', 'set', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.startsWith(`error: ${message}\nhint: ${hint}`), stderr).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('refuse a token without printing it', async () => {
    const { file, tickpipe } = makeHome();
    const token = makeToken();
    keepSecret(token);
    for (const key of ['token-file', 'session', token.replace(':', '-')]) {
      const { status } = await tickpipe(['config', 'set', key, token]);
      expect(status).toBe(2);
    }
    expect(existsSync(file)).toBe(false);
  });

  it('warn of a value that some commands refuse, and of a variable that counts before it', async () => {
    const { tickpipe } = makeHome();
    const { status, stderr } = await tickpipe(['config', 'set', 'feed', 'ws://hub:8001'], {
      env: { TICKPIPE_FEED: 'sim' },
    });
    expect(status).toBe(0);
    expect(stderr).toBe(
      'warning: tickpipe serve does not take this value of feed: expected fyers, sim or file:PATH, not "ws://hub:8001"\n' +
        'warning: TICKPIPE_FEED is set and counts before the file\n',
    );
  });

  it('take a time of day at any time of the day', async () => {
    const { tickpipe } = makeHome();
    expect(await tickpipe(['config', 'set', 'until', '00:01'])).toMatchObject(DONE);
    expect(await tickpipe(['config', 'set', 'until', '23:59:59'])).toMatchObject(DONE);
    expect(await tickpipe(['config', 'set', 'until', '25:00'])).toMatchObject({ status: 2 });
  });

  it('mend a file that no other command can use', async () => {
    const { file, tickpipe } = makeHome(
      '{"profiles":{"default":{"tmie":"iso","format":"xml","api-key":"x","quiet":true,"verbose":true}}}',
    );
    expect(await tickpipe(['schema', 'Gap'])).toMatchObject({ status: 78 });
    for (const key of ['tmie', 'api-key', 'quiet']) {
      expect(await tickpipe(['config', 'unset', key]), key).toMatchObject({ status: 0 });
    }
    expect(await tickpipe(['config', 'set', 'format', 'csv'])).toMatchObject({ status: 0 });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ profiles: { default: { format: 'csv', verbose: true } } });
    expect(await tickpipe(['schema', 'Gap'])).toMatchObject({ status: 0 });
  });

  it('mend a value that is nested deeper than the stack', async () => {
    const { file, tickpipe } = makeHome(
      `{"profiles":{"default":{"time":${'['.repeat(200_000)}${']'.repeat(200_000)}}}}`,
    );
    expect(await tickpipe(['config', 'set', 'time', 'iso'])).toMatchObject(DONE);
    expect(readFileSync(file, 'utf8')).toBe('{"profiles":{"default":{"time":"iso"}}}');
  });

  it.each([
    ['no JSON', '{"profiles":', 78, 'not valid JSON\nhint: correct it: tickpipe config edit'],
    ['a list', '[]', 78, 'the file: wrong type'],
    ['profiles of another type', '{"profiles":[1]}', 78, 'profiles: wrong type'],
    [
      'bytes that are no text',
      Buffer.from('{"profiles":{}, "\xff": 1}', 'latin1'),
      8,
      'cannot be read: it is not text',
    ],
  ])('leave alone what is no file of settings: %s', async (_, content, status, message) => {
    const { file, tickpipe } = makeHome('');
    writeFileSync(file, content);
    const ended = await tickpipe(['config', 'set', 'time', 'iso']);
    expect(ended).toMatchObject({ status, stderr: expect.stringContaining(message) });
    expect(readFileSync(file)).toEqual(Buffer.from(content));
  });

  it('lose nothing when many run at once', async () => {
    const { file, tickpipe } = makeHome(HAND_WRITTEN);
    const keys = ['linger', 'duration', 'idle-timeout', 'timeout', 'max-age', 'conflate', 'rotate', 'stall-timeout'];
    const ended = await Promise.all(keys.map((key) => tickpipe(['config', 'set', key, '7m'])));
    expect(ended.map(({ status, stderr }) => [status, stderr])).toEqual(keys.map(() => [0, '']));
    expect(JSON.parse(readFileSync(file, 'utf8')).profiles.desk).toEqual({
      time: 'iso',
      'max-lag': '5s',
      ...Object.fromEntries(keys.map((key) => [key, '7m'])),
    });
  });

  it('keep the old file when the disk is full, and leave nothing beside it', async () => {
    const content = JSON.stringify({ profiles: { default: { time: 'iso', dir: 'x'.repeat(2_000) } } });
    const { home, file } = makeHome(content);
    const line = 'ulimit -f 1; $tickpipe config set max-lag 9s';
    const { status, stderr } = await shell(line, { env: { HOME: home } }).ended;
    expect({ status, stderr }).toEqual({
      status: 7,
      stderr: `error: cannot write ${file}: the file is too large\nhint: write to several files, or raise the limit (ulimit -f)\n`,
    });
    expect(readFileSync(file, 'utf8')).toBe(content);
    expect(readdirSync(path.dirname(file))).toEqual(['config.json']);
  });
});

describe('tickpipe config list', () => {
  it('says where each value comes from', async () => {
    const { file, tickpipe } = makeHome(HAND_WRITTEN);
    const { status, stdout, stderr } = await tickpipe(['config', 'list', '--origin'], {
      env: { TICKPIPE_TIME: 'epoch', TICKPIPE_DIRECT: '' },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const rows = rowsOf(stdout);
    expect(rows.map(({ key }) => key)).toEqual(rows.map(({ key }) => key).sort());
    expect(rows).toContainEqual({ type: 'Setting', key: 'max-lag', value: '5s', origin: 'file', place: `${file}:6` });
    expect(rows).toContainEqual({
      type: 'Setting',
      key: 'time',
      value: 'epoch',
      origin: 'environment',
      place: 'TICKPIPE_TIME',
    });
    expect(rows).toContainEqual({ type: 'Setting', key: 'dir', value: 'recordings', origin: 'default', place: null });
    expect(rows.map(({ key }) => key)).not.toContain('count');
  });

  it('is for the profile that is named, in the format that is asked for', async () => {
    const { tickpipe } = makeHome(HAND_WRITTEN);
    const night = await tickpipe(['config', 'list', '--profile', 'night', '-f', 'ndjson']);
    expect(rowsOf(night.stdout)).toContainEqual({ type: 'Setting', key: 'fields', value: 'symbol,ltp' });
    const csv = await tickpipe(['config', 'list', '-f', 'csv']);
    expect(csv.stdout).toMatch(/^type,key,value\n/);
    expect(csv.stdout).toContain('Setting,time,iso\n');
    expect((await tickpipe(['config', 'list', '-f', 'table'])).stdout).toMatch(/^key +value\n/);
    const table = await tickpipe(['config', 'list', '-f', 'table', '--origin']);
    expect(table.stdout).toMatch(/time +iso +file +.*config\.json:5/);
    expect(await tickpipe(['config', 'list', '--profile', 'nigth'])).toMatchObject({ status: 78 });
  });

  it('does not print a token that stands in a variable', async () => {
    const { tickpipe } = makeHome();
    const token = makeToken();
    keepSecret(token);
    const { status, stdout } = await tickpipe(['config', 'list'], { env: { TICKPIPE_SESSION: token } });
    expect(status).toBe(0);
    expect(rowsOf(stdout)).toContainEqual({ type: 'Setting', key: 'session', value: '***' });
  });
});

describe('tickpipe config edit', () => {
  /** An editor that writes what the next of these texts says; it also notes its arguments and its environment. */
  function makeEditor(...texts: string[]): { editor: string; notes: (name: string) => string } {
    const folder = emptyFolder();
    for (const [at, text] of texts.entries()) writeFileSync(path.join(folder, `text${at}`), text);
    const program = path.join(folder, 'my editor');
    writeFileSync(
      program,
      `#!/bin/sh
cd '${folder}'
echo x >> runs
printf '%s\\n' "$@" > args
env > env
eval "file=\\\${$#}"
cat "$file" > was
next=text$(($(wc -l < runs) - 1))
if [ -e "$next" ]; then cat "$next" > "$file"; fi
`,
      { mode: 0o700 },
    );
    return { editor: `'${program}' --wait "a b"`, notes: (name) => readFileSync(path.join(folder, name), 'utf8') };
  }

  it('opens the editor with its arguments on a copy, and keeps what it wrote', async () => {
    const { file, tickpipe } = makeHome(HAND_WRITTEN);
    const edited = HAND_WRITTEN.replace('iso', 'epoch');
    const { editor, notes } = makeEditor(edited);
    const secrets = { FYERS_ACCESS_TOKEN: makeToken(), FYERS_SECRET_KEY: 'PLANTEDSECRET' };
    const ended = await tickpipe(['config', 'edit'], { env: { VISUAL: editor, EDITOR: 'false', ...secrets } });
    expect(ended).toMatchObject(DONE);
    expect(readFileSync(file, 'utf8')).toBe(edited);
    expect(notes('was')).toBe(HAND_WRITTEN);
    const [wait, argument, copy = ''] = notes('args').split('\n');
    expect([wait, argument]).toEqual(['--wait', 'a b']);
    expect(copy).not.toBe(file);
    expect(existsSync(path.dirname(copy))).toBe(false);
    expect(notes('env')).not.toMatch(/PLANTEDSECRET|FYERS_ACCESS_TOKEN/);
  });

  it('begins with an empty profile when there is no file, and makes none when nothing was changed', async () => {
    const { file, tickpipe } = makeHome();
    const idle = makeEditor();
    expect(await tickpipe(['config', 'edit'], { env: { EDITOR: idle.editor } })).toMatchObject(DONE);
    expect(JSON.parse(idle.notes('was'))).toEqual({ profiles: { default: {} } });
    expect(existsSync(file)).toBe(false);
    const { editor } = makeEditor('{"profiles":{"default":{"time":"iso"}}}');
    expect(await tickpipe(['config', 'edit'], { env: { EDITOR: editor } })).toMatchObject(DONE);
    expect(await tickpipe(['config', 'get', 'time'])).toMatchObject({ stdout: 'iso\n' });
  });

  it.each([
    ['no JSON', '{', 'not valid JSON'],
    ['an unknown key', '{"profiles":{"a":{"tmie":1}}}', 'profiles.a.tmie: unknown key'],
    ['a value that no command takes', '{"profiles":{"a":{"time":"x"}}}', 'profiles.a.time: expected one of epoch, iso'],
    ['a profile that is not there', '{"profile":"b","profiles":{"a":{}}}', 'there is no profile "b"; there are: a'],
    [
      'settings that exclude each other',
      '{"profiles":{"a":{"quiet":true,"verbose":true}}}',
      'profiles.a: --quiet and --verbose exclude each other',
    ],
  ])('keeps the old file when the result is %s', async (_, text, message) => {
    const { file, tickpipe } = makeHome(HAND_WRITTEN);
    const { editor } = makeEditor(text);
    const { status, stderr } = await tickpipe(['config', 'edit'], { env: { EDITOR: editor } });
    expect(status).toBe(78);
    expect(stderr).toContain(`error: ${file}: ${message}`);
    expect(readFileSync(file, 'utf8')).toBe(HAND_WRITTEN);
  });

  it('mends a file that cannot be used', async () => {
    const { tickpipe } = makeHome('{"profiles":');
    const { editor, notes } = makeEditor('{"profiles":{"default":{"time":"iso"}}}');
    expect(await tickpipe(['config', 'edit'], { env: { EDITOR: editor } })).toMatchObject(DONE);
    expect(notes('was')).toBe('{"profiles":');
  });

  it('needs an editor that works', async () => {
    const { file, tickpipe } = makeHome(HAND_WRITTEN);
    expect(await tickpipe(['config', 'edit'])).toMatchObject({
      status: 2,
      stderr: `error: no editor: neither VISUAL nor EDITOR is set\nhint: set one, as in EDITOR=nano tickpipe config edit, or edit ${file}\n`,
    });
    for (const [editor, status] of [
      ['false', '1'],
      ['/no/such/editor', '127'],
      ['kill -9 $$;', 'SIGKILL'],
    ] as const) {
      const ended = await tickpipe(['config', 'edit'], { env: { EDITOR: editor } });
      expect(ended).toMatchObject({ status: 78, stderr: expect.stringContaining(`the editor ended with ${status}\n`) });
    }
    expect(readFileSync(file, 'utf8')).toBe(HAND_WRITTEN);
  });

  it('needs a place for the copy', async () => {
    const { home, tickpipe } = makeHome(HAND_WRITTEN);
    const env = { EDITOR: 'true', TMPDIR: path.join(home, 'none') };
    expect(await tickpipe(['config', 'edit'], { env })).toMatchObject({
      status: 7,
      stderr: expect.stringContaining(
        `cannot write a copy for the editor in ${env.TMPDIR}: there is no such directory`,
      ),
    });
  });

  it('does not undo what another process changed meanwhile, and keeps the text', async () => {
    const { file, tickpipe, home } = makeHome(HAND_WRITTEN);
    const set = `'${process.execPath}' '${PROGRAM}' config set linger 1m`;
    const editor = `${set}; sed -i s/iso/epoch/`;
    const { status, stderr } = await tickpipe(['config', 'edit'], { env: { EDITOR: editor, HOME: home } });
    expect(status).toBe(7);
    expect(stderr).toContain(`error: ${file} was changed while the editor was open\n`);
    expect(readFileSync(file, 'utf8')).toContain('"linger" : "1m"');
    const copy = /your text is in (\S+):/.exec(stderr)?.[1] ?? '';
    afterTest(() => rmSync(path.dirname(copy), { recursive: true }));
    expect(readFileSync(copy, 'utf8')).toBe(HAND_WRITTEN.replace('iso', 'epoch'));
  });

  it.each([
    ['yes', '\n', 0, '"time" : "epoch"'],
    ['no', 'n\n', 78, '"time" : "iso"'],
  ])('offers on a terminal to edit again: %s', async (_, answer, status, content) => {
    const { home, file } = makeHome(HAND_WRITTEN);
    const { editor } = makeEditor(HAND_WRITTEN.replace('iso', 'xxx'), HAND_WRITTEN.replace('iso', 'epoch'));
    // script(1) gives it a terminal.
    const command = `'${process.execPath}' '${PROGRAM}' config edit`;
    const env = environment({ HOME: home, EDITOR: editor, TERM: 'dumb' });
    const child = spawn('script', ['-qec', command, '/dev/null'], { env });
    const running = new Running(child);
    await running.until(() => running.stdout.includes('edit it again? [Y/n]'));
    expect(running.stdout).toContain('time: expected one of epoch, iso, not "xxx"');
    child.stdin.write(answer);
    expect(await running.ended).toMatchObject({ status });
    expect(readFileSync(file, 'utf8')).toContain(content);
  });
});

describe('tickpipe profile', () => {
  it('use makes a profile and chooses it; list marks the active one', async () => {
    const { tickpipe } = makeHome(HAND_WRITTEN);
    expect(await tickpipe(['profile', 'use', 'new'])).toMatchObject(DONE);
    const { stdout } = await tickpipe(['profile', 'list']);
    expect(rowsOf(stdout)).toEqual([
      { type: 'Profile', profile: 'night', active: false, settings: 2, login: false },
      { type: 'Profile', profile: 'desk', active: false, settings: 2, login: false },
      { type: 'Profile', profile: 'new', active: true, settings: 0, login: false },
    ]);
    expect(await tickpipe(['profile', 'use', 'night'])).toMatchObject(DONE);
    expect(await tickpipe(['config', 'get', 'format'])).toMatchObject({ stdout: 'csv\n' });
    const other = await tickpipe(['profile', 'use', 'desk'], { env: { TICKPIPE_PROFILE: 'night' } });
    expect(other).toMatchObject({
      status: 0,
      stderr: 'warning: TICKPIPE_PROFILE is set to "night" and counts before the file\n',
    });
  });

  it('use says to a person whether the profile is new, and whether it has a login', async () => {
    const { home, tickpipe } = makeHome(HAND_WRITTEN);
    mkdirSync(path.join(home, '.config/tickpipe/tokens'), { recursive: true });
    writeFileSync(path.join(home, '.config/tickpipe/tokens/desk.json'), '{}', { mode: 0o600 });
    const noLogin = 'it has no login yet: tickpipe login stores one';
    for (const [name, message] of [
      ['nihgt', `made the profile nihgt; ${noLogin}`],
      ['night', `the profile night applies now; ${noLogin}`],
      ['desk', 'the profile desk applies now'],
    ] as const) {
      const { stderr } = await tickpipe(['profile', 'use', name, '--verbose']);
      expect(stderr).toBe(`${message}\n`);
    }
  });

  it('knows a profile that has only a login', async () => {
    const { home, tickpipe } = makeHome();
    mkdirSync(path.join(home, '.config/tickpipe/tokens'), { recursive: true });
    writeFileSync(path.join(home, '.config/tickpipe/tokens/work.json'), '{}', { mode: 0o600 });
    const { stdout } = await tickpipe(['profile', 'list', '--profile', 'work']);
    expect(rowsOf(stdout)).toEqual([{ type: 'Profile', profile: 'work', active: true, settings: 0, login: true }]);
    expect(await tickpipe(['schema', 'Gap'], { env: { TICKPIPE_PROFILE: 'work' } })).toMatchObject({ status: 0 });
    expect(await tickpipe(['schema', 'Gap', '--profile', 'wrok'])).toMatchObject({ status: 78 });
  });

  it('is chosen by a flag and a variable of every command', async () => {
    const { commands } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as Manifest;
    const visible = Object.entries(commands).filter(([, { hidden }]) => !hidden);
    expect(visible.length).toBeGreaterThan(25);
    expect(visible.filter(([, { flags }]) => !('profile' in flags)).map(([id]) => id)).toEqual([]);
  });

  it('takes no name that could be a path', async () => {
    const { home, tickpipe } = makeHome();
    for (const name of ['../x', '/etc/passwd', '.', '..', 'a/b', '.x', 'a b', '']) {
      for (const args of [
        ['profile', 'use', name],
        ['config', 'set', 'time', 'iso', '--profile', name],
        ['schema', '--profile', name],
      ]) {
        expect(await tickpipe(args), args.join(' ')).toMatchObject({
          status: 2,
          stderr: expect.stringContaining('expected a name of letters, digits'),
        });
      }
    }
    expect(await tickpipe(['schema'], { env: { TICKPIPE_PROFILE: '../x' } })).toMatchObject({ status: 78 });
    expect(readdirSync(home)).toEqual([]);
  });
});
