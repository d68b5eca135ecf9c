import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { useBrowser } from './browser.ts';
import { startBrowser } from './chromium.ts';

const HOLD_BROWSER = fileURLToPath(new URL('hold-browser.ts', import.meta.url));
const createMark = (): string => `--tickpipe-test=${process.pid}-${Date.now()}`;

async function serve(html: string): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(html.replace('METHOD', String(request.method)));
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('the browser of a test file', () => {
  const browser = useBrowser();

  it('opens a page, shows its text and sends a form', async () => {
    const address = await serve(
      '<title>A page</title><p>METHOD ₹ 610.50</p><form method="post"><button>Allow</button></form>',
    );
    const page = await (await browser.openWindow()).newPage();
    await page.goto(address);
    expect([await page.title(), await page.locator('p').textContent()]).toEqual(['A page', 'GET ₹ 610.50']);
    await page.getByRole('button', { name: 'Allow' }).click();
    expect(await page.locator('p').textContent()).toBe('POST ₹ 610.50');
  });

  it('has a window without cookies for each test', async () => {
    const first = await browser.openWindow();
    await first.addCookies([{ name: 'a', value: 'b', url: 'http://127.0.0.1' }]);
    expect(await (await browser.openWindow()).cookies()).toEqual([]);
  });
});

describe('no process of a browser is left', () => {
  it('after it was closed', async () => {
    const mark = createMark();
    const browser = await startBrowser([mark]);
    await browser.newPage();
    const group = findGroup(mark);
    expect(listGroup(group).length).toBeGreaterThan(1);
    await browser.close();
    await expect.poll(() => listGroup(group)).toEqual([]);
  });

  it('after the process that started it was killed', async () => {
    const mark = createMark();
    // A killed process leaves the profile of its browser behind.
    const folder = mkdtempSync(path.join(tmpdir(), 'tickpipe-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const holder = spawn(process.execPath, ['--import', 'tsx', HOLD_BROWSER, mark], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void holder.kill('SIGKILL'));
    await once(holder.stdout, 'data');
    const group = findGroup(mark);
    expect(listGroup(group).length).toBeGreaterThan(1);
    holder.kill('SIGKILL');
    await expect.poll(() => listGroup(group)).toEqual([]);
  });
});

interface ProcessEntry {
  readonly pid: number;
  readonly group: number;
  readonly command: string;
}

/** All processes of this machine that have not ended. */
function listProcesses(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [state, , group] = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return state === 'Z' ? [] : [{ pid: Number(name), group: Number(group), command }];
      } catch {
        return [];
      }
    });
}

/** The process group of the browser with this mark: Chromium leads one of its own. */
function findGroup(mark: string): number {
  const browser = listProcesses().find(({ command, group, pid }) => command.includes(mark) && group === pid);
  if (browser === undefined) throw new Error('the browser does not lead a process group');
  return browser.group;
}

const listGroup = (group: number): string[] =>
  listProcesses()
    .filter((entry) => entry.group === group)
    .map(({ command }) => command);
