import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findMarketReport } from '../../../src/lib/cli/feed/market-report.ts';
import { writeCachedMaster } from '../../support/cached-master.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { futureLine } from '../../symbols/master/csv-lines.ts';
import { makeProgram } from '../program/make-program.ts';

const MINT = 'MCX:MENTHAOIL26DECFUT';
const CRUDE = 'MCX:CRUDEOIL26DECFUT';

function setUp(now: string) {
  const home = mkdtempSync(path.join(tmpdir(), 'tickpipe-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const clock = new ManualClock(Date.parse(`${now}+05:30`));
  const line = (name: string, hours: string, token: number): string =>
    futureLine('MCX_COM', name, '2026-12-31', token).replace('0915-1530', hours);
  const MCX_COM = [line('MENTHAOIL', '0900-1700', 1), line('CRUDEOIL', '0900-2330', 2)];
  const program = makeProgram({ clock, env: { HOME: home } });
  return { program, cacheMaster: () => writeCachedMaster(home, { MCX_COM }, clock.now()) };
}

it('says of instruments in the cached master when they trade themselves', async () => {
  const { program, cacheMaster } = setUp('2026-11-30T18:00:00');
  expect((await findMarketReport({}, program, 'all'))?.([MINT, CRUDE])).toBe('MCX open until 23:55 IST');
  cacheMaster();
  expect((await findMarketReport({}, program, 'all'))?.([MINT, CRUDE])).toBe(
    `${MINT} closed since 17:00 IST, opens Tue 09:00; ${CRUDE} open until 23:55 IST`,
  );
  expect((await findMarketReport({}, program))?.([CRUDE])).toBe('');
});

it.each([{ simulated: true }, { recorded: true }])('has nothing to say of %j', async (feed) => {
  const { program } = setUp('2026-11-30T18:00:00');
  expect(await findMarketReport(feed, program)).toBeUndefined();
});
