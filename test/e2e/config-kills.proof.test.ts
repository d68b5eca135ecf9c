import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { chooseSeed, seededRandom } from '../support/random.ts';
import { emptyFolder, run, start } from './program.ts';

const KILLS = 40;
/** A change takes about so long on an idle machine; the kills fall into all of it. */
const SPREAD_MS = 400;

it('a configuration file and a watchlist are whole after each of 40 kills, and the next change goes on', async () => {
  const random = seededRandom(chooseSeed('config-kills'));
  const home = emptyFolder();
  const folder = path.join(home, '.config/tickpipe');
  const config = path.join(folder, 'config.json');
  const list = path.join(folder, 'watchlists/mine.txt');
  mkdirSync(path.dirname(list), { recursive: true });
  writeFileSync(config, '{"profiles":{"default":{}}}');
  writeFileSync(list, '# mine\n');
  const env = { HOME: home };
  for (let kill = 1; kill <= KILLS; kill++) {
    const before = readFileSync(list, 'utf8');
    const setting = start(['config', 'set', 'max-lag', `${kill}s`], { env });
    const adding = start(['watchlist', 'add', 'mine', `NSE:S${kill}-EQ`], { env });
    await pause(random() * SPREAD_MS);
    for (const { child } of [setting, adding]) child.kill('SIGKILL');
    await Promise.all([setting.ended, adding.ended]);
    expect(() => JSON.parse(readFileSync(config, 'utf8'))).not.toThrow();
    expect([before, `${before}NSE:S${kill}-EQ\n`]).toContain(readFileSync(list, 'utf8'));
  }
  expect(await run(['config', 'set', 'max-lag', '99s'], { env })).toMatchObject({ status: 0, stderr: '' });
  expect(await run(['watchlist', 'add', 'mine', 'NSE:LAST-EQ'], { env })).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(readFileSync(config, 'utf8'))).toEqual({ profiles: { default: { 'max-lag': '99s' } } });
  expect(readFileSync(list, 'utf8')).toMatch(/^# mine\n(?:NSE:S\d+-EQ\n)*NSE:LAST-EQ\n$/);
  // What a kill leaves is hidden, and counts as nothing.
  expect(
    readdirSync(folder)
      .filter((name) => !name.startsWith('.tickpipe-'))
      .sort(),
  ).toEqual(['config.json', 'watchlists']);
  expect(await run(['watchlist', 'list'], { env })).toMatchObject({ stdout: 'mine\n', stderr: '' });
});
