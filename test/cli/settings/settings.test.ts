import { parse } from '@oclif/core/parser';
import { describe, expect, test } from 'vitest';
import { diagnosticFlags, integerFlag, quoteFlags, streamFlags } from '../../../src/lib/cli/command/flags.ts';
import {
  allowRepeats,
  readCommandLine,
  resolveSettings,
  type Settings,
  variableOf,
} from '../../../src/lib/cli/settings/settings.ts';

const DEFINITIONS = {
  ...diagnosticFlags,
  ...streamFlags,
  rate: integerFlag(1)(),
  seed: integerFlag(0)({ default: 1 }),
};

const NOW = Date.parse('2026-11-23T10:00:00+05:30');

interface Given {
  readonly argv?: string[];
  readonly env?: Record<string, string>;
  readonly profile?: Record<string, string>;
  readonly flags?: typeof DEFINITIONS | typeof quoteFlags;
}

/** As a command does it: oclif reads argv, then the rest is settled. */
async function settle({ argv = [], env = {}, profile, flags = DEFINITIONS }: Given): Promise<Settings> {
  const output = await parse(argv, { flags: allowRepeats(flags) });
  const marks = Object.entries(output.metadata.flags).filter(([, mark]) => mark.setFromDefault);
  const defaulted = new Set(marks.map(([name]) => name));
  const given = readCommandLine(flags, output.flags, defaulted, NOW);
  const file = profile && {
    settings: new Map(Object.entries(profile)),
    name: 'default',
    placeOf: (flag: string) => `config.json: ${flag}`,
  };
  return resolveSettings(given, flags, env, file, NOW);
}

const pick = async (given: Given, name: string) => {
  const { values, sources } = await settle(given);
  return [values[name], sources[name]];
};

test('the variable of a flag', () => {
  expect(variableOf('count')).toBe('TICKPIPE_COUNT');
  expect(variableOf('no-header')).toBe('TICKPIPE_NO_HEADER');
});

describe('the stronger source wins', () => {
  const profile = { 'max-lag': '4s' };
  const env = { TICKPIPE_MAX_LAG: '3s' };
  const argv = ['--max-lag', '1s'];
  test.each([
    [{ argv, env, profile }, 1_000, 'flag'],
    [{ env, profile }, 3_000, 'environment'],
    [{ profile }, 4_000, 'profile'],
    [{}, 2_000, 'default'],
  ])('%j', async (given, value, source) => expect(await pick(given, 'max-lag')).toEqual([value, source]));

  test('the last value counts when a flag is given again', async () => {
    expect(await pick({ argv: ['--count', '1', '--until', '15:30', '--count', '3'] }, 'count')).toEqual([3, 'flag']);
  });

  test('also where its value is the default', async () => {
    expect(await pick({ argv: ['--max-lag', '2s'], env }, 'max-lag')).toEqual([2_000, 'flag']);
    expect(await pick({ env: { TICKPIPE_MAX_LAG: '2s' }, profile }, 'max-lag')).toEqual([2_000, 'environment']);
  });

  test('also for flags of one command', async () => {
    expect(await pick({ env: { TICKPIPE_RATE: '7' } }, 'rate')).toEqual([7, 'environment']);
    expect(await pick({ env: { TICKPIPE_SEED: '7' } }, 'seed')).toEqual([7, 'environment']);
  });

  test('an empty variable is unset; help and unknown flags are never set', async () => {
    expect(await pick({ env: { TICKPIPE_COUNT: '' } }, 'count')).toEqual([undefined, 'default']);
    expect(await pick({ env: { TICKPIPE_HELP: '1' } }, 'help')).toEqual([false, 'default']);
    expect((await settle({ profile: { unheard: '1' } })).values).not.toHaveProperty('unheard');
  });
});

describe('booleans', () => {
  test.each([
    ['1', true],
    ['yes', true],
    ['TRUE', true],
    ['0', false],
    ['no', false],
    ['false', false],
  ])('%s in the environment', async (text, value) => {
    expect(await pick({ env: { TICKPIPE_EVENTS: text } }, 'events')).toEqual([value, 'environment']);
  });

  test('false in the environment overrides the profile', async () => {
    expect(await pick({ env: { TICKPIPE_EVENTS: '0' }, profile: { events: 'true' } }, 'events')).toEqual([
      false,
      'environment',
    ]);
  });

  test('unset is false', async () => expect(await pick({}, 'snapshot')).toEqual([false, 'default']));
});

describe('bad values', () => {
  test.each([
    [{ env: { TICKPIPE_COUNT: '0' } }, 'TICKPIPE_COUNT: expected a whole number from 1, not "0"'],
    [{ env: { TICKPIPE_QUIET: 'maybe' } }, 'TICKPIPE_QUIET: expected 1, true, yes, 0, false or no, not "maybe"'],
    [{ env: { TICKPIPE_MAX_LAG: 'soon' } }, 'TICKPIPE_MAX_LAG: "soon" is not a duration'],
    [{ env: { TICKPIPE_SEED: 'x' } }, 'TICKPIPE_SEED: expected a whole number from 0, not "x"'],
    [{ env: { TICKPIPE_UNTIL: '09:15' } }, 'TICKPIPE_UNTIL: "09:15" is already past: it is 10:00:00 IST'],
    [{ profile: { format: 'xml' } }, 'config.json: format: expected one of ndjson, csv, table, not "xml"'],
    [
      { env: { TICKPIPE_FEED: 'wss://h?t=hunter2' } },
      'TICKPIPE_FEED: expected scheme, host and port only; a token goes into --hub-token-file',
    ],
  ])('%j', async (given, message) => {
    await expect(settle(given)).rejects.toMatchObject({ code: 'BAD_CONFIGURATION', message, exit: 78 });
  });

  test.each([
    [
      ['--until', '09:15'],
      '--until: "09:15" is already past: it is 10:00:00 IST',
      'give a later time of today, in India (IST)',
    ],
    [['--max-lag', '0'], '--max-lag: "0" is zero', 'give more than 0'],
    [['--count', 'x', '--count', '1'], '--count: expected a whole number from 1, not "x"', 'see --help of the command'],
  ])('on the command line: %j', async (argv, message, hint) => {
    await expect(settle({ argv })).rejects.toMatchObject({ code: 'USAGE', message, hint, exit: 2 });
  });

  test('are not read when a stronger source has the flag', async () => {
    expect(await pick({ argv: ['--count', '1'], env: { TICKPIPE_COUNT: 'x' } }, 'count')).toEqual([1, 'flag']);
  });
});

describe('contradictions', () => {
  test.each([
    [['--quiet', '--verbose'], '--quiet and --verbose exclude each other'],
    [['--snapshot', '--count', '1'], '--snapshot and --count exclude each other'],
    [['--events', '-f', 'csv'], '--events and --format csv exclude each other'],
    [['--events', '-f', 'table'], '--events and --format table exclude each other'],
    [['--max-age', '5m'], '--max-age needs --snapshot'],
    [['--direct', '--feed', 'sim'], '--direct goes with --feed fyers only'],
    [['--direct', '--feed', 'ws://127.0.0.1:8001'], '--direct goes with --feed fyers only'],
  ])('%j', async (argv, message) => {
    await expect(settle({ argv })).rejects.toMatchObject({ code: 'USAGE', message, exit: 2 });
  });

  test('from one source other than the command line are BAD_CONFIGURATION', async () => {
    const settling = settle({ profile: { quiet: 'true', verbose: 'true' } });
    await expect(settling).rejects.toMatchObject({ code: 'BAD_CONFIGURATION', exit: 78 });
  });

  test('--direct is unset by a feed of a stronger source, and is never ignored', async () => {
    expect(await pick({ argv: ['--feed', 'sim'], env: { TICKPIPE_DIRECT: '1' } }, 'direct')).toEqual([
      false,
      'default',
    ]);
    expect(await pick({ argv: ['--direct', '--feed', 'fyers'] }, 'direct')).toEqual([true, 'flag']);
    const env = { TICKPIPE_FEED: 'sim' };
    await expect(settle({ argv: ['--direct'], env })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(settle({ env: { ...env, TICKPIPE_DIRECT: '1' } })).rejects.toMatchObject({
      code: 'BAD_CONFIGURATION',
    });
  });

  test('between sources the stronger one wins', async () => {
    const env = { TICKPIPE_VERBOSE: '1', TICKPIPE_FORMAT: 'csv', TICKPIPE_COUNT: '5' };
    const { values } = await settle({ argv: ['--quiet', '--events', '--snapshot'], env });
    expect(values).toMatchObject({
      quiet: true,
      verbose: false,
      events: true,
      format: undefined,
      snapshot: true,
      count: undefined,
    });
  });

  test('flags that do not exclude each other pass', async () => {
    const { values } = await settle({ argv: ['--events', '-f', 'ndjson', '--snapshot', '--max-age', '5m'] });
    expect(values).toMatchObject({ events: true, format: 'ndjson', 'max-age': 300_000 });
    expect((await settle({ flags: quoteFlags, argv: ['--max-age', '5m'] })).values).toMatchObject({
      'max-age': 300_000,
    });
  });

  test('a variable may lack the flag that it needs', async () => {
    expect(await pick({ env: { TICKPIPE_MAX_AGE: '5m' } }, 'max-age')).toEqual([300_000, 'environment']);
  });
});
