import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { backgroundCommandOf } from '../../src/lib/cli/program/background-command.ts';
import type { Program } from '../../src/lib/cli/program/program.ts';
import { BACKGROUND_NODE_OPTIONS } from '../../src/lib/host/young-generation.ts';

const MODULE = fileURLToPath(new URL('../../src/lib/host/young-generation.ts', import.meta.url));

/** The size of the young generation in MB, after 20,000 objects at a time have lived for a moment longer. */
function measureYoungGeneration(options: readonly string[], before: string): number {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { keepYoungGeneration } from ${JSON.stringify(MODULE)};
    ${before}
    const kept = [];
    for (let n = 0; n < 1e6; n++) kept[n % 20_000] = { n, list: [n] };
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    console.log(space.space_size / 1e6);
  `;
  const args = [...options, '--import', 'tsx', '--input-type=module', '-e', script];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

it('the young generation does not grow any more', () => {
  const free = measureYoungGeneration([], '');
  expect(free).toBeGreaterThan(20);
  expect(measureYoungGeneration([], 'await keepYoungGeneration();')).toBeLessThan(free / 2);
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
