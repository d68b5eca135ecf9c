/*
 * docs/live-table.svg: the built program in a terminal, which tmux holds. Run: npm run build && npx tsx scripts/picture.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { renderTerminal } from './terminal-picture.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COLUMNS = 98;
const LINES = 12;
const SYMBOLS = ['NSE:SBIN-EQ', 'NSE:RELIANCE-EQ', 'NSE:INFY-EQ', 'NSE:NIFTY50-INDEX'];
const COMMAND = `tickpipe stream symbols ${SYMBOLS.join(' ')} --feed sim`;
const LOOK_EVERY_MS = 100;
const GIVE_UP_MS = 60_000;

const home = mkdtempSync(path.join(tmpdir(), 'tickpipe-picture-'));
/** A user without settings. The first call starts the server of tmux, which hands this on to the shell. */
const env = { HOME: home, PATH: `${home}:${process.env['PATH']}`, LANG: 'C.UTF-8', TERM: 'xterm-256color' };
const tmux = (...args: string[]) =>
  execFileSync('tmux', ['-u', '-S', path.join(home, 'tmux'), '-f', '/dev/null', ...args], { encoding: 'utf8', env });

/** Whether every symbol's price has moved: its line has an arrow, and a picture of some cells. */
function isFull(screen: string): boolean {
  const isDrawn = (line: string): boolean => /[▲▼]/.test(line) && (line.match(/[▁-█]/g)?.length ?? 0) >= 10;
  return SYMBOLS.every((symbol) => screen.split('\n').some((line) => line.startsWith(symbol) && isDrawn(line)));
}

async function waitFor(holds: (screen: string) => boolean): Promise<string> {
  const begun = performance.now();
  for (;;) {
    const screen = tmux('capture-pane', '-e', '-p');
    if (holds(screen)) return screen;
    if (performance.now() - begun > GIVE_UP_MS) throw new Error(`the screen is not full:\n${screen}`);
    await sleep(LOOK_EVERY_MS);
  }
}

try {
  symlinkSync(path.join(ROOT, 'bin/run.js'), path.join(home, 'tickpipe'));
  tmux('new-session', '-d', '-x', String(COLUMNS), '-y', String(LINES), "PS1='$ ' bash --norc --noprofile");
  // The terminal itself would show keys that come before the shell reads them.
  await waitFor((screen) => screen.includes('$'));
  tmux('send-keys', '-l', COMMAND);
  tmux('send-keys', 'Enter');
  const screen = await waitFor(isFull);
  const title = 'A terminal with tickpipe: four symbols with their last prices, changes, best offers and volumes';
  writeFileSync(path.join(ROOT, 'docs/live-table.svg'), renderTerminal(screen, COLUMNS, title));
} finally {
  tmux('kill-server');
  rmSync(home, { recursive: true, force: true, maxRetries: 10 });
}
