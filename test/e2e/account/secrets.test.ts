import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SIMULATED_PERSON } from '../../../src/lib/simulator/account/simulated-person.ts';
import { answerLogin } from '../../simulator/login-visitor.ts';
import { PlantedSecrets } from '../../support/planted-secrets.ts';
import { kill } from '../hub/shared-account.ts';
import { afterTest, emptyFolder, type Running } from '../program.ts';
import { sizeOf } from '../record/recordings.ts';
import { open } from './login.ts';
import { LoginAccount } from './login-account.ts';

/*
 * The first morning with every secret planted, as chatty as the program can be: login, checks, symbols, a shared session, a recording,
 * the API, logout. Whatever comes out is searched: both streams, every file, arguments and environments of processes.
 */

const SBIN = 'NSE:SBIN-EQ';
const HUB_TOKEN = 'planted-hub-token-4711';
const PROXY_PASSWORD = 'planted&proxy word';

interface Hunt {
  readonly account: LoginAccount;
  readonly secrets: PlantedSecrets;
  readonly env: Readonly<Record<string, string>>;
  /** Where commands run, and recordings go. */
  readonly cwd: string;
  /** Processes of the test: what is in their environment was put there by the user. */
  readonly own: Set<number>;
}

async function beginHunt(): Promise<Hunt> {
  const account = await LoginAccount.create();
  const { simulator, home } = account.shared;
  afterTest(() => {
    for (const { pid } of listProcesses(home)) kill(pid);
  });
  const secrets = new PlantedSecrets();
  secrets.plant('app secret', simulator.app.secretKey);
  secrets.plant('hub token', HUB_TOKEN);
  secrets.plant('proxy password', PROXY_PASSWORD);
  for (const name of ['name', 'displayName', 'email', 'pan', 'mobile'] as const)
    secrets.plant(name, SIMULATED_PERSON[name]);
  const env = {
    TICKPIPE_VERBOSE: '1',
    TICKPIPE_HUB_TOKEN: HUB_TOKEN,
    // Loopback is reached without it; whatever describes the network comes upon it.
    HTTPS_PROXY: `http://me:${encodeURIComponent(PROXY_PASSWORD)}@127.0.0.1:9`,
  };
  return { account, secrets, env, cwd: emptyFolder(), own: new Set() };
}

/** Starts a command of the hunt. Its arguments, and all that it starts, are searched when it ends. */
function start({ account, env, cwd, own }: Hunt, args: readonly string[]): Running {
  // Each command has the other log format than the one before.
  const options = { env: { ...env, TICKPIPE_LOG_FORMAT: own.size % 2 === 0 ? 'text' : 'json' }, cwd };
  const running = args[0] === 'login' ? account.login(args.slice(1), options) : account.shared.start(args, options);
  own.add(running.child.pid as number);
  return running;
}

/** Runs a command to its end, which is to have this status: what fails at once says nothing of what it would print. */
async function run(hunt: Hunt, args: readonly string[], expected: number): Promise<void> {
  const { status, stdout, stderr } = await start(hunt, args).ended;
  expect(hunt.secrets.findIn(stdout + stderr), `printed by ${args.join(' ')}`).toEqual([]);
  expect([args, status]).toEqual([args, expected]);
}

/** Nothing is in the arguments of any process of this home, nor in the environment of one that the program started. */
function searchProcesses({ account, secrets, own }: Hunt): void {
  const found = listProcesses(account.shared.home).flatMap(({ pid, command, environment }) => {
    // A browser needs the proxy as its user gave it.
    const foreign = command.includes(account.browser.file)
      ? environment.replace(/HTTPS_PROXY=[^\0]*/, '')
      : environment;
    return [
      ...secrets.findIn(command).map((name) => `arguments of ${command}: ${name}`),
      ...secrets.findIn(own.has(pid) ? '' : foreign).map((name) => `environment of ${command}: ${name}`),
    ];
  });
  expect(found).toEqual([]);
}

function searchFiles({ account, secrets, cwd }: Hunt): void {
  expect(secrets.findInFiles(account.shared.home, [account.tokenFile])).toEqual([]);
  expect(secrets.findInFiles(cwd)).toEqual([]);
  // Neither a core, nor a report, nor a snapshot of the heap.
  expect(readdirSync(cwd).filter((name) => name !== 'ticks')).toEqual([]);
}

interface ProcessEntry {
  readonly pid: number;
  readonly command: string;
  readonly environment: string;
}

/** All processes of which the home is this one. */
function listProcesses(home: string): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [command, environment] = ['cmdline', 'environ'].map((file) =>
          readFileSync(`/proc/${name}/${file}`, 'utf8'),
        );
        return [{ pid: Number(name), command: command?.replaceAll('\0', ' ') ?? '', environment: environment ?? '' }];
      } catch {
        return [];
      }
    })
    .filter(({ environment }) => environment.includes(home));
}

describe('with --verbose and both log formats no secret comes out', () => {
  it('in a whole morning', async () => {
    const hunt = await beginHunt();
    const { account, secrets } = hunt;

    const login = start(hunt, ['login']);
    const { args, env } = await account.browser.waitForOpening();
    expect(secrets.findIn(JSON.stringify([args, { ...env, HTTPS_PROXY: '' }]))).toEqual([]);
    searchProcesses(hunt);
    const redirect = await answerLogin(String(args[0]), 'allow');
    secrets.plantToken('auth code', redirect.searchParams.get('auth_code') ?? '');
    const page = await open(redirect);
    const shown = JSON.stringify(page);
    const { status, stdout, stderr } = await login.ended;
    expect(status).toBe(0);
    secrets.plantToken('token', findJwt(readFileSync(account.tokenFile, 'utf8')));
    expect(secrets.names).toContain('fy_id of token');
    expect(secrets.findIn(shown + stdout + stderr)).toEqual([]);

    for (const args of [
      ['whoami'],
      ['whoami', '--offline', '-f', 'table'],
      ['config', 'list', '--origin'],
      ['profile', 'list'],
      ['symbols', 'refresh'],
      ['symbols', 'search', 'state bank', '-f', 'csv'],
      ['doctor'],
      ['doctor', '-f', 'ndjson'],
      ['quote', SBIN],
      ['stream', 'symbols', SBIN, '--count', '3', '--events'],
      ['record', SBIN, '--detach', '--dir', 'ticks', '--no-gzip'],
    ]) {
      await run(hunt, args, 0);
    }
    const serving = start(hunt, ['serve', '--port', '0']);
    const address = (): string | undefined => /serving at (http:\/\/[^\s"]+)/.exec(serving.stderr)?.[1];
    await serving.until(() => address() !== undefined);
    await expect.poll(() => sizeOf(path.join(hunt.cwd, 'ticks'))).toBeGreaterThan(0);
    // The hub, the recorder, and serve.
    expect(listProcesses(account.shared.home).length).toBeGreaterThanOrEqual(3);
    searchProcesses(hunt);
    for (const route of ['/', '/healthz', '/metrics', '/api/websocket/status', '/openapi.json']) {
      const answer = await fetch(`${address()}${route}`, { headers: { authorization: `Bearer ${HUB_TOKEN}` } });
      expect(secrets.findIn(JSON.stringify([...answer.headers]) + (await answer.text())), route).toEqual([]);
    }
    // A session that breaks, and a token that is refused.
    account.shared.simulator.inject({ name: 'drop' });
    account.shared.simulator.inject({ name: 'expire-token' });
    const afterwards: [readonly string[], number][] = [
      [['status'], 0],
      [['quote', SBIN], 4],
      [['whoami'], 4],
      [['doctor'], 4],
      [['logout'], 0],
      [['whoami'], 4],
      [['status'], 0],
    ];
    for (const [args, expected] of afterwards) await run(hunt, args, expected);
    searchFiles(hunt);
    serving.child.kill('SIGTERM');
    const served = await serving.ended;
    expect(secrets.findIn(served.stdout + served.stderr)).toEqual([]);
    searchFiles(hunt);
  });
});

/** The JWT that a file holds. */
function findJwt(text: string): string {
  const jwt = /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(text)?.[0];
  if (jwt === undefined) throw new Error('the file has no token');
  return jwt;
}
