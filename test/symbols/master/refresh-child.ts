/*
 * Refreshes the symbol master of its environment and prints what came of it, one line of JSON. With HOLD=1 it says `holding`
 * as soon as the first bytes of an answer have come.
 */
import { systemClock } from '../../../src/lib/clock/clock.ts';
import { DIRECT } from '../../../src/lib/network/route.ts';
import { refreshSymbolMaster } from '../../../src/lib/symbols/master/refresh-master.ts';

let hasSaid = false;
const say = (word: string): void => {
  if (!hasSaid) process.stdout.write(`${word}\n`);
  hasSaid = true;
};

const { master, files } = await refreshSymbolMaster({
  env: process.env,
  clock: systemClock,
  signal: new AbortController().signal,
  outgoing: DIRECT,
  files: ['NSE_CM', 'BSE_CM'],
  onProgress: () => say('fetching'),
  onWaiting: () => say('waiting'),
});
const outcomes = files.map(({ outcome, problem }) => (problem === undefined ? outcome : `${outcome} ${problem.code}`));
process.stdout.write(`${JSON.stringify({ size: master?.size ?? 0, outcomes })}\n`);
