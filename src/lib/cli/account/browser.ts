import { spawn } from 'node:child_process';
import type { Environment } from '../program/program.ts';
import { withoutSecrets } from '../program/without-secrets.ts';

/** A browser that ends with an error this soon has not opened the page. */
const FAILED_AT_ONCE_MS = 2_000;
const WORD = /"([^"]*)"|'([^']*)'|[^\s"']+/g;

/** A program and its arguments. */
type Command = readonly [program: string, ...args: string[]];

export interface Desktop {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
}

/**
 * Opens an address in the browser of this desktop, where there is one. It is the user's business how that ends: the address is on
 * stderr as well. The browser shares nothing with this process, and gets no secret in its environment.
 */
export function openBrowser(address: string, { env }: Pick<Desktop, 'env'>): void {
  startFirst(listBrowsers(address, { env, platform: process.platform }), withoutSecrets(env));
}

/**
 * The commands that may open the address, the best first: those of `BROWSER`, as `firefox:w3m %s`, else the one of the system. None
 * over SSH, where a browser would be on another machine than the user, and none without a display.
 */
export function listBrowsers(address: string, { env, platform }: Desktop): Command[] {
  if (isOverSsh(env)) return [];
  const given = env['BROWSER']?.trim();
  if (given) return given.split(':').flatMap((text) => readCommand(text, address));
  if (platform === 'darwin') return [['open', address]];
  const hasDisplay = Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
  return hasDisplay && platform !== 'win32' ? [['xdg-open', address]] : [];
}

export function isOverSsh(env: Environment): boolean {
  return Boolean(env['SSH_CONNECTION'] || env['SSH_TTY'] || env['SSH_CLIENT']);
}

/** The words of a command with `%s` for the address; without one it is the last argument. No shell reads them. */
function readCommand(text: string, address: string): Command[] {
  const words = Array.from(text.matchAll(WORD), ([word, double, single]) => double ?? single ?? word);
  const [program, ...args] = words;
  if (program === undefined) return [];
  const isNamed = words.some((word) => word.includes('%s'));
  const filled = args.map((word) => word.replaceAll('%s', () => address));
  return [isNamed ? [program, ...filled] : [program, ...filled, address]];
}

/** Starts a command, and the next one when it cannot be started. */
function startFirst([command, ...others]: readonly Command[], env: Environment): void {
  if (command === undefined) return;
  const [program, ...args] = command;
  const startedAt = performance.now();
  const child = spawn(program, args, { env, stdio: 'ignore', detached: true });
  let isOver = false;
  const next = (): void => {
    if (!isOver) startFirst(others, env);
    isOver = true;
  };
  child.once('error', next);
  child.once('exit', (status) => {
    if (status !== 0 && performance.now() - startedAt < FAILED_AT_ONCE_MS) next();
  });
  child.unref();
}
