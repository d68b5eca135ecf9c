import { appendFileSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../../src/lib/clock/clock.ts';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { sendSpawnResult } from '../../../src/lib/host/spawn-result.ts';
import { attachHub } from '../../../src/lib/hub/daemon/attach-hub.ts';
import { type HubSpawnConfig, readHubSpawnConfig } from '../../../src/lib/hub/daemon/hub-spawn-config.ts';
import { type HubEnd, runLockedHub, type ServeHub } from '../../../src/lib/hub/daemon/locked-hub.ts';
import type { PausedWebSocket } from '../../../src/lib/hub/daemon/paused-web-socket.ts';

/*
 * The processes of the tests of a hub in the background, by the first argument: `hub` is a hub that only says hello; `starter`
 * attaches and leaves as it is told; `once` attaches, prints the hub's pid and leaves. What hubs do is noted in the run
 * directory: `serving PID`, `left PID` in the file `notes`. While a file `hold` is there, hubs do not finish leaving. A hub that a
 * starter with HUB_GATE starts waits for that file before it takes its lock.
 */

/** What a starter is told by message, or `once` by its second argument. */
export interface StarterTask {
  readonly attach?: HubSpawnConfig;
  /** The moment to attach, epoch milliseconds: all racers spin until it comes. */
  readonly at?: number;
  readonly leave?: boolean;
}

/** What a starter answers. */
export interface StarterReport {
  readonly pid?: number;
  /** What came of the token: the fixture's hub repeats it. */
  readonly token?: string;
  readonly code?: string;
}

const HOLD_LOOK_MS = 5;
const runDirectory = process.env['TICKPIPE_RUN_DIR'] ?? '';
const note = (text: string): void => appendFileSync(path.join(runDirectory, 'notes'), `${text} ${process.pid}\n`);

const serve: ServeHub = async (listenPath, config) => {
  const server = createServer();
  const webSockets = new WebSocketServer({ server });
  let finish = (): void => {};
  const done = new Promise<HubEnd>((resolve) => {
    finish = () => resolve('unused');
  });
  let timer = setTimeout(finish, config.lingerMs);
  webSockets.on('connection', (socket) => {
    clearTimeout(timer);
    socket.send(JSON.stringify({ type: 'hello', pid: process.pid, token: config.token }));
    socket.on('close', () => {
      clearTimeout(timer);
      if (webSockets.clients.size === 0) timer = setTimeout(finish, config.lingerMs);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listenPath, resolve);
  });
  note('serving');
  return {
    done,
    close: async () => {
      for (const socket of webSockets.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
      while (existsSync(path.join(runDirectory, 'hold'))) await delay(HOLD_LOOK_MS);
      note('left');
    },
  };
};

async function runHub(): Promise<void> {
  const life = new AbortController();
  process.once('SIGTERM', () => life.abort());
  const config = await readHubSpawnConfig(process.stdin, systemClock, life.signal);
  const gate = process.argv[3];
  while (gate && !existsSync(gate)) await delay(HOLD_LOOK_MS);
  const { env } = process;
  await runLockedHub({ config, env, clock: systemClock, ready: sendSpawnResult, signal: life.signal, serve });
}

function attach(config: HubSpawnConfig): Promise<PausedWebSocket> {
  return attachHub({
    config,
    env: process.env,
    command: [process.execPath, process.argv[1] as string, 'hub', process.env['HUB_GATE'] ?? ''],
    query: new URLSearchParams({ command: 'fixture' }),
    clock: systemClock,
    signal: new AbortController().signal,
  });
}

function readHello(socket: PausedWebSocket): Promise<StarterReport> {
  return new Promise((resolve, reject) => {
    socket.once('message', (data) => resolve(JSON.parse(String(data))));
    socket.once('close', () => reject(new Error('closed before the first message')));
    socket.resume();
  });
}

let attached: PausedWebSocket | undefined;

async function obey({ attach: config, at, leave }: StarterTask): Promise<StarterReport> {
  if (leave) {
    attached?.terminate();
    return {};
  }
  if (!config) return {};
  while (at !== undefined && Date.now() < at);
  try {
    attached = await attach(config);
    const { pid, token } = await readHello(attached);
    return { pid, token } as StarterReport;
  } catch (error) {
    return { code: error instanceof TickpipeError ? error.code : String(error) };
  }
}

async function attachOnce(): Promise<void> {
  const socket = await attach(JSON.parse(process.argv[3] as string));
  const { pid } = await readHello(socket);
  socket.terminate();
  process.stdout.write(`${pid}\n`);
}

const role = process.argv[2];
if (role === 'hub') void runHub().catch(() => process.exit(1));
else if (role === 'once') void attachOnce();
else process.on('message', (task: StarterTask) => void obey(task).then((report) => process.send?.(report)));
