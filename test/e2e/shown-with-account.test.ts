import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../src/lib/simulator/simulator.ts';
import { freePort } from '../support/free-port.ts';
import { OnTerminal } from './on-terminal.ts';
import { afterTest, emptyFolder, shell } from './program.ts';

/*
 * What pages show for users with an account, in the order of the page: run against a simulator whose login page a small program
 * answers in the place of a person at a browser.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** As wide as the table of the README. */
const WIDE = 120;
const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

/** Presses the button of the login page and follows to the redirect URI, as a browser does. */
const BROWSER = `
  import { get } from 'node:http';
  const address = process.argv[2];
  const html = await (await fetch(address)).text();
  const action = /<form method="post" action="([^"]+)">/.exec(html)[1];
  const request = /name="request" value="([^"]+)"/.exec(html)[1];
  const body = new URLSearchParams({ request, answer: 'allow' });
  const answer = await fetch(new URL(action, address), { method: 'POST', body, redirect: 'manual' });
  get(answer.headers.get('location'), (page) => page.resume());
`;

/** A user of the simulator without a token, with an empty home directory. */
class Newcomer {
  readonly home = emptyFolder();
  readonly #env: Readonly<Record<string, string | undefined>>;

  private constructor(environment: Readonly<Record<string, string>>, port: number) {
    const browser = path.join(this.home, 'browser.mjs');
    writeFileSync(browser, BROWSER);
    this.#env = {
      ...environment,
      HOME: this.home,
      FYERS_ACCESS_TOKEN: undefined,
      BROWSER: `"${process.execPath}" "${browser}"`,
      TICKPIPE_REDIRECT_URI: `http://127.0.0.1:${port}/callback`,
      TICKPIPE_DIRECT: undefined,
      TICKPIPE_LINGER: '1ms',
    };
  }

  static async create(): Promise<Newcomer> {
    // Not by `simulate`, which takes the app id for a secret: the address of a login has it.
    const simulator = await startSimulator({ rate: 200 });
    afterTest(() => simulator.close());
    return new Newcomer(simulator.environment, await freePort());
  }

  /** Runs a line of a page on a terminal that is wide enough for it. */
  watch(line: string): OnTerminal {
    return new OnTerminal(line.replace(/^tickpipe/, '$tickpipe'), this.#env, WIDE);
  }

  /** Runs a line of a page. What would run for ever ends with the first rows. */
  async run(line: string, env: Readonly<Record<string, string>> = {}) {
    const known = line.replaceAll(/[XY]{10}-100/g, this.#env['FYERS_APP_ID'] ?? '');
    const ends = { TICKPIPE_SNAPSHOT: '1', TICKPIPE_TIMEOUT: '1m' };
    return shell(`set -o pipefail; tickpipe() { $tickpipe "$@"; }; ${known}`, {
      cwd: this.home,
      env: { ...this.#env, ...ends, ...env },
    }).ended;
  }
}

/** Lines of shell on a page, or in a section of it, without their comments. */
function listLines(page: string): string[] {
  const lines = [...page.matchAll(/^ {4}(?:\$ )?((?:\w+=\$\()?tickpipe .*)$/gm)].map(([, line = '']) => line);
  return lines.map((line) => line.replace(/ +#.*$/, '').trim());
}

describe('your first morning in README', () => {
  const section = /^## Your first morning$([\s\S]*?)^## /m.exec(read('README.md'))?.[1] ?? '';
  const shown = [...section.matchAll(/^ {4}\$ (tickpipe .*)\n((?: {4}.*\n)+)/gm)];

  /** Without what differs from run to run: numbers, the machine, the arrows of moves, and the blanks between columns. */
  const normalize = (text: string, home: string): string[] =>
    text
      .replaceAll(home, '/home/you')
      .replace(/ on \d{4}-\d\d-\d\d at /g, ' at ')
      .replace(/(linux|darwin) \w+/g, 'machine')
      .replace(/[▲▼]|[▁-█]+/g, '')
      .replace(/-?\d[\d.,:T+-]*/g, '#')
      .split('\n')
      .map((line) => line.replace(/ +/g, ' ').trim())
      .filter((line) => line !== '' && !/^(SIMULATED|simulated)/.test(line));

  /** The headings and the lines of a live table. Its title is another one: prices of a simulator have no market hours. */
  const tableOf = (text: string): string[] =>
    normalize(text, '/home/you').filter((line) => /^(symbol|NSE:)/.test(line));

  it('shows five commands', () => expect(shown).toHaveLength(5));

  it('each prints what is shown', async () => {
    const user = await Newcomer.create();
    for (const [, line = '', output = ''] of shown) {
      if (line.includes('stream')) {
        const terminal = user.watch(line);
        await expect.poll(() => tableOf(terminal.text), { timeout: 60_000 }).toEqual(tableOf(output));
        terminal.type('q');
        continue;
      }
      const isDoctor = line.includes('doctor');
      // A pipe gets other rows than a terminal, and less on stderr.
      const env = { TICKPIPE_FORMAT: isDoctor ? '' : 'table', TICKPIPE_VERBOSE: line.includes('watchlist') ? '1' : '' };
      const { status, stdout, stderr } = await user.run(line, env);
      expect([line, status]).toEqual([line, 0]);
      const printed = line.includes('watchlist') ? stderr : stdout;
      expect(normalize(printed, user.home), line).toEqual(normalize(output, user.home));
    }
  });
});

describe.each(['docs/account.md', 'docs/symbols.md'])('the lines of %s', (name) => {
  /** These wait for a person, or run until somebody ends them. */
  const NOT_ALONE = /--no-browser|--paste|tickpipe simulate/;
  const STATUSES: Readonly<Record<string, number>> = { 'tickpipe quote SBIN': 2 };
  const lines = listLines(read(name)).filter((line) => !NOT_ALONE.test(line));

  it('are found', () => expect(lines.length).toBeGreaterThan(5));

  it('work, one after the other', async () => {
    const user = await Newcomer.create();
    if (name !== 'docs/account.md') expect(await user.run('tickpipe login')).toMatchObject({ status: 0 });
    const ended: [string, number | null][] = [];
    for (const line of lines) ended.push([line, (await user.run(line)).status]);
    expect(ended).toEqual(lines.map((line) => [line, STATUSES[line] ?? 0]));
  });
});
