import { describe, expect, it } from 'vitest';
import { run } from './program.ts';

const STREAM_GROUPS = ['SOURCE', 'OUTPUT', 'LIMITS', 'CONNECTION', 'DIAGNOSTICS'];

describe('--help', () => {
  it.each([
    ['stream symbols', 'full quotes', STREAM_GROUPS],
    ['stream depth', 'order books', STREAM_GROUPS],
    ['stream index', 'indices only', STREAM_GROUPS],
    ['stream lite', 'last prices only', STREAM_GROUPS],
    ['quote', 'one row of each symbol', STREAM_GROUPS],
    ['simulate', 'a FYERS-compatible feed', ['SIMULATOR', 'DIAGNOSTICS']],
  ])('of %s has a summary, examples and grouped flags', async (command, summary, groups) => {
    const { status, stdout, stderr } = await run([...command.split(' '), '--help']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.startsWith(summary)).toBe(true);
    expect(stdout).toContain(`$ tickpipe ${command}`);
    const found = [...stdout.matchAll(/^(\w+) FLAGS$/gm)].map(([, group]) => group);
    expect(found).toEqual(groups);
    const examples = stdout.slice(stdout.indexOf('\nEXAMPLES\n'));
    expect(examples.match(new RegExp(`tickpipe ${command} `, 'g'))?.length).toBeGreaterThanOrEqual(2);
    // What the contract's output table promises stands here, too.
    if (command.startsWith('stream')) {
      for (const flag of [
        '--count',
        '--until',
        '--snapshot',
        '--conflate',
        '--on-slow',
        '--events',
        '--stall-timeout',
      ]) {
        expect(stdout).toContain(`${flag}`);
      }
    }
  });
});
