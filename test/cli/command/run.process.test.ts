import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect, FixtureProgram } from '../program/fixture-program.ts';

let program: FixtureProgram;
beforeAll(async () => {
  program = await FixtureProgram.create();
});
afterAll(() => program.remove());

const QUOTE = ['stream', 'symbols', 'NSE:SBIN-EQ'];

describe('the start', () => {
  test('--version is the version of package.json', async () => {
    const { version } = JSON.parse(await readFile(path.join(program.root, 'package.json'), 'utf8'));
    expect(await program.run(['--version'])).toMatchObject({ stdout: `tickpipe ${version}\n`, stderr: '', status: 0 });
  });

  test('runs through a link and from another folder', async () => {
    const bin = path.join(program.folder, 'linked');
    await symlink(program.bin, bin);
    const { stdout, status } = await program.run(QUOTE, { bin, cwd: '/' });
    expect(JSON.parse(stdout).symbols).toEqual(['NSE:SBIN-EQ']);
    expect(status).toBe(0);
  });

  test('ignores the NODE_ENV of a developer', async () => {
    const ended = await program.run(QUOTE, { env: { NODE_ENV: 'development' } });
    expect(ended).toMatchObject({ stderr: '', status: 0 });
  });

  test('reports that it was not built', async () => {
    const root = path.join(program.folder, 'bare');
    const bin = path.join(root, 'bin/run.js');
    await cp(path.dirname(program.bin), path.dirname(bin), { recursive: true });
    await cp(path.join(program.root, 'package.json'), path.join(root, 'package.json'));
    expect(await program.run(QUOTE, { bin })).toMatchObject({
      stdout: '',
      stderr: 'error: tickpipe is not built yet\nhint: run npm run build in its folder\n',
      status: 1,
    });
  });
});

describe('help', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']], [['--log-format', 'json', '--help']]])(
    'of the program: %j',
    async (args) => {
      const { stdout, stderr, status } = await program.run(args);
      expect(stdout).toContain('$ tickpipe [COMMAND]');
      expect(stdout).toMatch(/TICKS\n {2}stream {2}\S/);
      expect(stdout).toMatch(/ {2}fail {2,}fail on purpose/);
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    },
  );

  test.each([[['stream']], [['stream', '--help']], [['help', 'stream']]])('of a topic: %j', async (args) => {
    const { stdout, status } = await program.run(args);
    expect(stdout).toContain('stream symbols  full quotes of symbols');
    expect(status).toBe(0);
  });

  test.each([
    [['stream', 'symbols', '--help']],
    [['stream', 'symbols', 'NSE:SBIN-EQ', '-f', 'csv', '-h']],
    [['help', 'stream', 'symbols']],
  ])('of a command: %j', async (args) => {
    const { stdout, stderr, status } = await program.run(args);
    const headings = stdout.split('\n').filter((line) => /^[A-Z]/.test(line));
    expect(headings).toEqual([
      'USAGE',
      'ARGUMENTS',
      'SOURCE FLAGS',
      'OUTPUT FLAGS',
      'LIMITS FLAGS',
      'CONNECTION FLAGS',
      'DIAGNOSTICS FLAGS',
      'DESCRIPTION',
      'EXAMPLES',
      'SEE ALSO',
    ]);
    expect(stdout.match(/full quotes of symbols/g)).toHaveLength(1);
    expect(stdout).toContain('$ tickpipe stream symbols [SYMBOL...] [FLAGS]');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });

  test('does not take an argument after -- for a flag', async () => {
    const { stdout } = await program.run([...QUOTE, '--', '--help']);
    expect(JSON.parse(stdout).symbols).toEqual(['NSE:SBIN-EQ', '--help']);
  });

  test('a reader that has left is not an error', async () => {
    const child = program.start(['stream', 'symbols', '--help']);
    child.stdout.destroy();
    expect(await collect(child)).toMatchObject({ stderr: '', status: 0 });
  });

  test.runIf(process.platform === 'linux')('a full disk is status 7', async () => {
    const shell = spawn('sh', ['-c', '"$0" "$1" --help > /dev/full', process.execPath, program.bin]);
    const { stderr, status } = await collect(shell);
    expect(stderr).toMatch(/^error: cannot write standard output: no space left on the device\nhint: /);
    expect(status).toBe(7);
  });
});

test('a flag that is given again replaces its value, as after an alias', async () => {
  const again = [
    '--count',
    '1',
    '-f',
    'csv',
    '--fields',
    'symbol,ltp',
    '--format=ndjson',
    '--fields',
    'bid',
    '--count=2',
  ];
  const { flags, sources, count } = JSON.parse((await program.run([...QUOTE, ...again, '--quiet', '--quiet'])).stdout);
  expect(flags).toMatchObject({ format: 'ndjson', fields: ['bid'], quiet: true, time: 'epoch', 'max-lag': 2_000 });
  expect([count, sources.count, sources.time]).toEqual([2, 'flag', 'default']);
});

describe('usage errors end with 2', () => {
  const command = 'see tickpipe stream symbols --help';
  test.each([
    [['strem'], 'unknown command: strem', 'did you mean tickpipe stream?'],
    [['nonsense'], 'unknown command: nonsense', 'see tickpipe --help'],
    [['stream', 'symbls'], 'unknown command: stream symbls', 'did you mean tickpipe stream symbols?'],
    [['stream', 'NSE:SBIN-EQ'], 'unknown command: stream NSE:SBIN-EQ', 'one of: tickpipe stream symbols'],
    [['help', 'nonsense'], 'unknown command: nonsense', 'see tickpipe --help'],
    [['help', 'enviroment'], 'unknown command: enviroment', 'did you mean tickpipe help environment?'],
    [['help', 'exit-code'], 'unknown command: exit-code', 'did you mean tickpipe help exit-codes?'],
    [['help', 'strem'], 'unknown command: strem', 'did you mean tickpipe stream?'],
    [['rows'], 'unknown command: rows', 'did you mean tickpipe help rows?'],
    [[...QUOTE, '--conut', '3'], 'unknown flag: --conut', 'did you mean --count?'],
    [[...QUOTE, '--secret=hunter2'], 'unknown flag: --secret', command],
    [[...QUOTE, '-x'], 'unknown flag: -x', command],
    [[...QUOTE, '-v'], 'unknown flag: -v', 'use --verbose for more messages; tickpipe --version prints the version'],
    [[...QUOTE, '--limit', '5'], 'unknown flag: --limit', 'use --count (-n)'],
    [['fail', 'bug', '--limit', '5'], 'unknown flag: --limit', 'see tickpipe fail --help'],
    [[...QUOTE, '--no-color'], 'unknown flag: --no-color', 'set the variable NO_COLOR=1'],
    [['-v'], 'unknown command: -v', 'did you mean tickpipe --version?'],
    [['version'], 'unknown command: version', 'did you mean tickpipe --version?'],
    [[...QUOTE, '--format', 'xml'], '--format: expected one of ndjson, csv, table, not "xml"', command],
    [[...QUOTE, '--count', '0'], '--count: expected a whole number from 1, not "0"', command],
    [[...QUOTE, '--count'], '--count expects a value', command],
    [[...QUOTE, '--file', 'a', '--file', 'b'], '--file can only be specified once', command],
    [[...QUOTE, '--count', 'x', '--count', '2'], '--count: expected a whole number from 1, not "x"', command],
    [[...QUOTE, '--feed', 'sim', '--direct'], '--direct goes with --feed fyers only', command],
    [[...QUOTE, '--log-format=json', '--log-format', 'text', '--count'], '--count expects a value', command],
    [[...QUOTE, '--quiet', '--verbose'], '--quiet and --verbose exclude each other', command],
    [
      [...QUOTE, '--feed', 'ws://a?token=hunter2'],
      '--feed: expected scheme, host and port only; a token goes into --hub-token-file',
      command,
    ],
    [['fail', 'bug', 'twice'], 'unexpected argument: twice', 'see tickpipe fail --help'],
    [['fail'], 'missing HOW', 'see tickpipe fail --help'],
    [['wait', '--status', 'x'], '--status: expected a whole number from 0, not "x"', 'see tickpipe wait --help'],
  ])('%j', async (args, message, hint) => {
    const text = await program.run(args);
    expect(text).toMatchObject({ stdout: '', stderr: `error: ${message}\nhint: ${hint}\n`, status: 2 });
  });

  test('are one JSON object with --log-format json at any place', async () => {
    const expected = {
      type: 'error',
      code: 'USAGE',
      message: 'unknown flag: --conut',
      hint: 'did you mean --count?',
      exit: 2,
    };
    for (const [args, env] of [
      [[...QUOTE, '--conut', '--log-format', 'json'], {}],
      [['stream', 'symbols', '--log-format=json', '--conut'], {}],
      [[...QUOTE, '--conut'], { TICKPIPE_LOG_FORMAT: 'json' }],
    ] as const) {
      const { stderr, status } = await program.run(args, { env });
      expect(stderr.endsWith('\n')).toBe(true);
      expect(JSON.parse(stderr)).toEqual(expected);
      expect(status).toBe(2);
    }
  });
});

describe('errors', () => {
  test('have their message, hint and status', async () => {
    expect(await program.run(['fail', 'coded'])).toMatchObject({
      stderr: 'error: token expired at 06:00 IST\nhint: make a new one\n',
      status: 4,
    });
  });

  test('a bug has status 1, and its stack only with --verbose', async () => {
    const { stderr, status } = await program.run(['fail', 'bug']);
    expect(stderr).toMatch(/^error: a wire crossed\nhint: please report it.*\n$/);
    expect(status).toBe(1);
    expect((await program.run(['fail', 'bug', '--verbose'])).stderr).toMatch(/\n {4}at /);
    expect(JSON.parse((await program.run(['fail', 'text', '--log-format', 'json'])).stderr)).toMatchObject({
      code: 'BUG',
      exit: 1,
    });
  });

  test('outside of any promise end the same way', async () => {
    const { stderr, status } = await program.run(['fail', 'later']);
    expect(stderr).toMatch(/^error: thrown outside of any promise\nhint: .*\n$/);
    expect(status).toBe(1);
  });

  test('contain no token and no control characters', async () => {
    const { stderr } = await program.run(['fail', 'secret']);
    expect(stderr).toMatch(/^error: refused <token> error: forged\nhint: .*\n$/);
  });
});

describe('settings', () => {
  async function settled(args: readonly string[], env: Record<string, string> = {}) {
    const { stdout, stderr } = await program.run([...QUOTE, ...args], { env });
    return stderr === '' ? JSON.parse(stdout) : stderr;
  }

  test('flag, environment, profile, default', async () => {
    const config = path.join(program.folder, 'config.json');
    await writeFile(
      config,
      JSON.stringify({ profiles: { default: { count: 3, time: 'iso', 'max-lag': '5s', events: true } } }),
    );
    const env = { TICKPIPE_CONFIG: config, TICKPIPE_COUNT: '2', TICKPIPE_TIME: 'epoch' };
    const { flags, sources } = await settled(['--count', '1'], env);
    expect(flags).toMatchObject({
      count: 1,
      time: 'epoch',
      'max-lag': 5000,
      events: true,
      'stall-timeout': 30_000,
      quiet: false,
    });
    expect(sources).toMatchObject({
      count: 'flag',
      time: 'environment',
      'max-lag': 'profile',
      events: 'profile',
      'stall-timeout': 'default',
      quiet: 'default',
    });
  });

  test('a bad value has status 78 and is named', async () => {
    const { stderr, status } = await program.run(QUOTE, { env: { TICKPIPE_FORMAT: 'xml' } });
    expect(stderr).toMatch(/^error: TICKPIPE_FORMAT: expected one of ndjson, csv, table, not "xml"\n/);
    expect(status).toBe(78);
    const profile = await program.run([...QUOTE, '--profile', 'night']);
    expect(profile.stderr).toMatch(
      /^error: there is no profile "night": .*config.json does not exist, and there is no login of that name\n/,
    );
    expect(profile.status).toBe(78);
  });
});

describe('the end', () => {
  test('a megabyte that is still in the pipe arrives completely', async () => {
    const { stdout, status } = await program.run(['flood']);
    expect(stdout.length).toBe(2_000_000);
    expect(status).toBe(0);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s stops in order with %i', async (signal, status) => {
    const child = program.start(['wait']);
    const ended = collect(child);
    await once(child.stdout, 'data');
    child.kill(signal);
    expect(await ended).toMatchObject({ stdout: `ready\nstopping for ${signal}\n`, stderr: '', status });
  });

  test('the status of an error comes before that of a signal, then 3', async () => {
    for (const [given, expected] of [
      [7, 7],
      [3, 130],
    ]) {
      const child = program.start(['wait', '--status', String(given)]);
      const ended = collect(child);
      await once(child.stdout, 'data');
      child.kill('SIGINT');
      expect((await ended).status).toBe(expected);
    }
  });

  test('the reason of an aborted wait is not an error', async () => {
    const child = program.start(['wait', '--throwing']);
    const ended = collect(child);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ stderr: '', status: 130 });
  });

  test('the second signal ends the process at once', async () => {
    const child = program.start(['wait', '--deaf']);
    const ended = collect(child);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ stdout: 'ready\nstopping for SIGINT\n', status: 143 });
  });
});
