import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Ended, emptyFolder, script, simulate } from './program.ts';

const SIM = 'NSE:SBIN-EQ --feed sim';
const TICK = '{"type":"LiteUpdate","symbol":"NSE:SBIN-EQ","ltp":1,"received_at":1780000000000}';

interface Run {
  readonly args: string;
  /** The status where every descriptor is as it should be. */
  readonly status: number;
  /** Whether it prints on stdout. */
  readonly prints?: boolean;
}

/** One short run of every command. Those that would serve until they are stopped are given something to refuse. */
const COMMANDS: Readonly<Record<string, Run>> = {
  'stream:symbols': { args: `stream symbols ${SIM} --count 1`, status: 0, prints: true },
  'stream:depth': { args: `stream depth ${SIM} --count 1`, status: 0, prints: true },
  'stream:index': { args: 'stream index NSE:NIFTY50-INDEX --feed sim --count 1', status: 0, prints: true },
  'stream:lite': { args: `stream lite ${SIM} --count 1 -f csv`, status: 0, prints: true },
  quote: { args: `quote ${SIM} -f table`, status: 0, prints: true },
  bars: { args: 'bars 2t NSE:SBIN-EQ --feed sim --all-hours --count 1', status: 0, prints: true },
  chart: { args: 'chart NSE:SBIN-EQ 2t --feed sim --all-hours --count 1', status: 0, prints: true },
  replay: { args: 'replay rows.ndjson', status: 0, prints: true },
  history: { args: `history ${SIM} --interval 1d --from 2026-11-23 --to 2026-11-23`, status: 0, prints: true },
  status: { args: 'status', status: 0, prints: true },
  'symbols:search': { args: 'symbols search --fields help', status: 0, prints: true },
  'symbols:show': { args: 'symbols show --fields help', status: 0, prints: true },
  'symbols:chain': { args: 'symbols chain NIFTY --fields help', status: 0, prints: true },
  'symbols:refresh': { args: 'symbols refresh --fields help', status: 0, prints: true },
  schema: { args: 'schema Gap', status: 0, prints: true },
  completion: { args: 'completion bash', status: 0, prints: true },
  doctor: { args: 'doctor --feed sim', status: 0, prints: true },
  record: { args: `record ${SIM} --dir ticks --count 1`, status: 0 },
  login: { args: 'login', status: 2 },
  logout: { args: 'logout', status: 4 },
  whoami: { args: 'whoami --offline', status: 4 },
  compact: { args: 'compact missing', status: 8 },
  subscribe: { args: 'subscribe NSE:SBIN-EQ', status: 3 },
  unsubscribe: { args: 'unsubscribe NSE:SBIN-EQ', status: 3 },
  stop: { args: 'stop', status: 3 },
  serve: { args: 'serve --feed file:missing --port 0', status: 8 },
  simulate: { args: 'simulate --fault nonsense', status: 2 },
  'config:list': { args: 'config list --origin', status: 0, prints: true },
  'config:get': { args: 'config get time', status: 0, prints: true },
  'config:path': { args: 'config path', status: 0, prints: true },
  'config:set': { args: 'config set time iso', status: 0 },
  'config:unset': { args: 'config unset time', status: 3 },
  'config:edit': { args: 'config edit', status: 2 },
  'watchlist:list': { args: 'watchlist list', status: 0 },
  'watchlist:show': { args: 'watchlist show banks', status: 3 },
  'watchlist:add': { args: 'watchlist add banks NSE:SBIN-EQ', status: 0 },
  'watchlist:remove': { args: 'watchlist remove banks NSE:SBIN-EQ', status: 3 },
  'watchlist:delete': { args: 'watchlist delete banks', status: 3 },
  'profile:list': { args: 'profile list', status: 0, prints: true },
  'profile:use': { args: 'profile use night', status: 0 },
  'internal:hub': { args: 'internal hub', status: 2 },
  'internal:record': { args: 'internal record', status: 2 },
};
const WORDS: Readonly<Record<string, Run>> = {
  '--version': { args: '--version', status: 0, prints: true },
  '--help': { args: '--help', status: 0, prints: true },
  'help of a command': { args: 'quote --help', status: 0, prints: true },
  'a list of fields': { args: 'quote --fields help', status: 0, prints: true },
  'an unknown command': { args: 'nonsense', status: 2 },
  'an unknown flag': { args: 'status --nonsense', status: 2 },
};
const RUNS = Object.entries({ ...COMMANDS, ...WORDS });
/** They start as a command beside them does: one of each family is enough where only the start is tried. */
const SIBLINGS =
  /^(?:symbols:(?!search)|config:(?!edit|list)|watchlist:(?!add|list)|profile:(?!use)|stream:(?!symbols))/;
const STARTS = RUNS.filter(([name]) => !SIBLINGS.test(name));
const PRINTING = RUNS.filter(([, { prints }]) => prints);

const MANIFEST = fileURLToPath(new URL('../../oclif.manifest.json', import.meta.url));

/** @param around a shell's words with `"$@"` for the program: its redirections, or what is to be set before */
function run({ args }: Run, around: string): Promise<Ended> {
  const home = emptyFolder();
  writeFileSync(path.join(home, 'rows.ndjson'), `${TICK}\n`);
  return script('bash', `cd; set -- "$PROGRAM" ${args}; ${around}`, { HOME: home }).ended;
}

/** Nothing, or one error with its hint; before it only lines of information. */
const ONE_LINE = /^(?:(?!error|hint).*\n)*(?:error: .*\nhint: .*\n)?$/;

it('knows every command', () => {
  const { commands } = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  expect(Object.keys(COMMANDS).sort()).toEqual(Object.keys(commands).sort());
});

describe.each([
  ['full', '"$@" > /dev/full', 'no space left on the device'],
  ['closed', '"$@" >&-', 'it is not open for writing'],
])('stdout that is %s is one line and status 7', (_, around, reason) => {
  it.each(PRINTING)('%s', async (_name, given) => {
    const { status, stderr } = await run(given, around);
    expect([status, stderr]).toEqual([7, expect.stringMatching(ONE_LINE)]);
    expect(stderr).toContain(`error: cannot write standard output: ${reason}\n`);
  });
});

it('stdout that is open for reading only is one line and status 7', async () => {
  const { status, stderr } = await run({ args: 'status', status: 0 }, '"$@" 1< /dev/null');
  expect([status, stderr.split('\n')[0]]).toEqual([
    7,
    'error: cannot write standard output: it is not open for writing',
  ]);
});

describe.each([
  ['stderr that is full', '"$@" 2> /dev/full'],
  ['stderr and stdin that are closed', '"$@" 2>&- <&-'],
  ['many inherited descriptors', 'for fd in {10..200}; do eval "exec $fd< /dev/null"; done; "$@"'],
])('%s: the status is what it is else', (_, around) => {
  it.each(STARTS)('%s', async (_name, given) => {
    const { status, stdout, stderr } = await run(given, around);
    expect([status, stderr]).toEqual([given.status, expect.stringMatching(ONE_LINE)]);
    expect(stdout !== '').toBe(given.prints === true);
  });
});

describe('no more than 40 descriptors: it runs, or says so in one line with status 6', () => {
  it.each(STARTS)('%s', async (_name, given) => {
    const { status, stderr } = await run(given, 'ulimit -n 40; "$@"');
    expect(stderr).toMatch(ONE_LINE);
    expect([given.status, 6]).toContain(status);
    if (status === 6) expect(stderr).toContain('error: too many open files\nhint: raise the limit, as with ulimit -n ');
  });

  it('says so too when not even the program can be loaded', async () => {
    // With how many Node starts, and the program not, depends on the version of Node.
    for (let limit = 24; limit > 15; limit--) {
      const { status, stderr } = await run({ args: 'status', status: 0 }, `ulimit -n ${limit}; "$@"`);
      if (status === 0) continue;
      expect([status, stderr]).toEqual([6, expect.stringMatching(/^error: too many open files\nhint: .*\n$/)]);
      return;
    }
    expect.unreachable('no limit was too low');
  });
});

it('a hub is started beside an inherited descriptor above the limit', async () => {
  const simulator = await simulate();
  const env = { ...simulator.environment, HOME: emptyFolder(), TICKPIPE_DIRECT: undefined };
  // The hub has ended when stop has: nothing is written to the folder any more.
  const quote = '"$PROGRAM" quote NSE:SBIN-EQ --verbose; status=$?; "$PROGRAM" stop > /dev/null; exit $status';
  const text = `exec 251< /dev/null; ulimit -n 200; ${quote}`;
  const { status, stdout, stderr } = await script('bash', text, env).ended;
  expect(stderr).toContain('shared by hub pid');
  expect([status, stdout]).toEqual([0, expect.stringContaining('"NSE:SBIN-EQ"')]);
});

describe("no command opens Node's own stream on a pipe, which would make it non-blocking for all who share it", () => {
  const SPY = `
    import { appendFileSync } from 'node:fs';
    for (const name of ['stdin', 'stdout', 'stderr']) {
      const { get } = Object.getOwnPropertyDescriptor(process, name);
      const spy = () => (appendFileSync(process.env.HOME + '/opened', name), get.call(process));
      Object.defineProperty(process, name, { configurable: true, get: spy });
    }`;

  it.each(RUNS)('%s', async (_name, given) => {
    const home = emptyFolder();
    writeFileSync(path.join(home, 'rows.ndjson'), `${TICK}\n`);
    writeFileSync(path.join(home, 'spy.mjs'), SPY);
    const options = { HOME: home, NODE_OPTIONS: '--import ./spy.mjs' };
    const { stdout } = await script(
      'bash',
      `cd; : | "$PROGRAM" ${given.args} 2>&1 | cat; echo "\${PIPESTATUS[1]}"`,
      options,
    ).ended;
    expect(stdout).toMatch(new RegExp(`(?:^|\\n)${given.status}\\n$`));
    expect(existsSync(path.join(home, 'opened'))).toBe(false);
  });

  it('and the spy sees one that is opened', () => {
    const home = emptyFolder();
    writeFileSync(path.join(home, 'spy.mjs'), SPY);
    execFileSync(process.execPath, ['--import', './spy.mjs', '-e', 'process.stdout'], {
      cwd: home,
      env: { HOME: home },
    });
    expect(readFileSync(path.join(home, 'opened'), 'utf8')).toBe('stdout');
  });
});
