import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { backgroundCommandOf } from '../../src/lib/cli/program/background-command.ts';
import type { Program } from '../../src/lib/cli/program/program.ts';
import { BACKGROUND_NODE_OPTIONS } from '../../src/lib/host/small-heap.ts';

const MODULE = fileURLToPath(new URL('../../src/lib/host/small-heap.ts', import.meta.url));

/** The size of the young generation in MB, after 20,000 objects at a time have lived for a moment longer. */
function measureYoungGeneration(options: readonly string[], before: string): number {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { SmallHeap } from ${JSON.stringify(MODULE)};
    ${before}
    const kept = [];
    for (let n = 0; n < 1e6; n++) kept[n % 20_000] = { n, list: [n] };
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    console.log(space.space_size / 1e6);
  `;
  const args = [...options, '--import', 'tsx', '--input-type=module', '-e', script];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

it('the heap of new objects does not grow any more', () => {
  const free = measureYoungGeneration([], '');
  expect(free).toBeGreaterThan(20);
  expect(measureYoungGeneration([], 'await new SmallHeap().keep();')).toBeLessThan(free / 2);
});

/** Whether V8 takes code in a process with its usual flags that was compiled in one with a small heap. @param save how it is kept there */
function isTaken(save: string): boolean {
  const write = `
    import { Script } from 'node:vm';
    import { SmallHeap } from ${JSON.stringify(MODULE)};
    const script = new Script('(() => 1)()');
    script.runInThisContext();
    const heap = new SmallHeap();
    await heap.keep();
    let code;
    ${save}
    console.log(code.toString('base64'));
  `;
  const read = `
    const { Script } = require('node:vm');
    const cachedData = Buffer.from(process.argv[1], 'base64');
    console.log(new Script('(() => 1)()', { cachedData }).cachedDataRejected);
  `;
  const execute = (...args: string[]): string => execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
  const code = execute('--import', 'tsx', '--input-type=module', '-e', write);
  return execute('-e', read, code) === 'false';
}

it('code that is kept meanwhile is taken by the next process', () => {
  const save = 'code = script.createCachedData();';
  expect(isTaken(save)).toBe(false);
  expect(isTaken(`heap.withUsualFlags(() => { ${save} });`)).toBe(true);
});

it('a program in the background has a small one', () => {
  expect(measureYoungGeneration(BACKGROUND_NODE_OPTIONS, '')).toBeLessThan(6);
});

it('the options stand before those of the user, which win', () => {
  const program = { command: ['/usr/bin/node', '--max-semi-space-size=8', 'bin/run.js'] } as unknown as Program;
  expect(backgroundCommandOf(program, 'hub')).toEqual([
    '/usr/bin/node',
    ...BACKGROUND_NODE_OPTIONS,
    '--max-semi-space-size=8',
    'bin/run.js',
    'internal',
    'hub',
  ]);
});
