import { expect, test } from 'vitest';
import { openMaster } from '../../src/lib/symbols/master/opened-master.ts';
import { MASTER_FILES } from '../../src/lib/symbols/master/symbol-master.ts';
import { MasterInstruments } from '../../src/lib/symbols/master-instruments.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { fileOf, NOW_MS } from './master/csv-lines.ts';
import { generateMaster } from './master/generated-master.ts';

const SYMBOLS = 5_000;
const RUNS = 5;

test('5,000 symbols of a master of 160,000 rows are found in less than 100 ms of processor time', async () => {
  const contents = generateMaster(160_000);
  const lines = MASTER_FILES.map((name) => contents[name].split('\n').filter((line) => line !== ''));
  const master = openMaster(MASTER_FILES.map((name, at) => fileOf(name, lines[at] ?? [])));
  const all = lines.flat().map((line) => line.split(',')[9] as string);
  const symbols = Array.from({ length: SYMBOLS }, (_, at) => all[at * Math.floor(all.length / SYMBOLS)] as string);
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const clock = new ManualClock(NOW_MS);
    const listed = new MasterInstruments({ readMaster: () => master, env: {}, isFyersData: true, clock });
    const before = process.cpuUsage();
    const { fresh } = await listed.find(symbols, false);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1_000);
    expect(fresh.size).toBeGreaterThan(SYMBOLS * 0.9);
  }
  console.log(`5,000 symbols: ${times.map((ms) => ms.toFixed(1)).join(', ')} ms of processor time`);
  expect(Math.min(...times)).toBeLessThan(100);
});
