import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { configurationCheck, findMisspelt } from '../../../src/lib/cli/doctor/configuration-check.ts';
import { TickpipeError } from '../../../src/lib/errors/tickpipe-error.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { examine, KNOWN_FLAGS, makeDoctor, makeFolder, type Setting } from './make-doctor.ts';

const look = (setting: Setting = {}) =>
  examine(configurationCheck, makeDoctor({ clock: new ManualClock(), ...setting }));

function makeHome(files: Readonly<Record<string, string>>): string {
  const home = makeFolder();
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(home, '.config/tickpipe', name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return home;
}

test('says which file and profile apply, and whether there is a file', async () => {
  const without = makeFolder();
  expect(await look({ env: { HOME: without } })).toEqual({
    status: 'ok',
    message: `no configuration file (${without}/.config/tickpipe/config.json), profile default`,
  });
  const HOME = makeHome({ 'config.json': '{}' });
  expect(await look({ env: { HOME } })).toEqual({
    status: 'ok',
    message: `${HOME}/.config/tickpipe/config.json, profile default`,
  });
});

test('fails with what was wrong when the command began', async () => {
  const faults = [
    new TickpipeError('BAD_CONFIGURATION', 'config.json: not valid JSON', { hint: 'correct it' }),
    new TickpipeError('BAD_CONFIGURATION', 'TICKPIPE_FORMAT: expected csv'),
  ];
  expect(await look({ faults })).toEqual({
    status: 'failed',
    message: 'config.json: not valid JSON; TICKPIPE_FORMAT: expected csv',
    hint: 'correct it',
    exit: 78,
  });
});

test('names a misspelt variable beside what is wrong', async () => {
  const faults = [new TickpipeError('BAD_CONFIGURATION', 'config.json: not valid JSON', { hint: 'correct it' })];
  expect(await look({ faults, env: { TICKPIPE_FROMAT: 'csv' } })).toEqual({
    status: 'failed',
    message: 'config.json: not valid JSON; no command reads the variable TICKPIPE_FROMAT',
    hint: 'correct it; did you mean TICKPIPE_FORMAT for TICKPIPE_FROMAT?',
    exit: 78,
  });
});

test.each([
  [{ TICKPIPE_SOCKET_URL: 'http://x' }, 'TICKPIPE_SOCKET_URL must begin with wss://'],
  [{ TICKPIPE_DATA_URL: 'http://far.example' }, 'TICKPIPE_DATA_URL is without TLS and not on this machine'],
  [{ HTTPS_PROXY: 'socks5://user:geheim@proxy' }, 'HTTPS_PROXY names a proxy of the kind socks5:'],
])('fails for an address that cannot be used: %j', async (env, message) => {
  const result = await look({ env });
  expect(result).toMatchObject({ status: 'failed', message: expect.stringContaining(message), exit: 78 });
  expect(JSON.stringify(result)).not.toContain('geheim');
});

test('fails for a calendar that cannot be read, and warns of a year without one', async () => {
  const HOME = makeHome({ 'calendars/2027.json': '{' });
  expect(await look({ env: { HOME } })).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('2027.json: not JSON'),
    exit: 78,
  });
  const clock = new ManualClock(Date.parse('2031-01-02T10:00:00+05:30'));
  expect(await look({ clock })).toMatchObject({
    status: 'warning',
    message: expect.stringContaining('no trading calendar of 2031'),
  });
});

describe('a variable that no command reads', () => {
  test.each([
    ['TICKPIPE_FROMAT', 'TICKPIPE_FORMAT'],
    ['TICKPIPE_MAXLAG', 'TICKPIPE_MAX_LAG'],
    ['tickpipe_format', 'TICKPIPE_FORMAT'],
    ['TICKPIP_FEED', 'TICKPIPE_FEED'],
    ['FYER_ACCESS_TOKEN', 'FYERS_ACCESS_TOKEN'],
    ['FYERS_ACCES_TOKEN', 'FYERS_ACCESS_TOKEN'],
    ['FYERS_APPID', 'FYERS_APP_ID'],
    ['TICKPIPE_PROFIL', 'TICKPIPE_PROFILE'],
  ])('%s: %s was meant', async (name, nearest) => {
    expect(await look({ env: { [name]: 'geheim' } })).toEqual({
      status: 'warning',
      message: `no command reads the variable ${name}`,
      hint: `did you mean ${nearest} for ${name}?`,
    });
  });

  test('is named without a guess when none is near', async () => {
    expect(await look({ env: { TICKPIPE_COLOUR_SCHEME: 'x', TICKPIPE_FROMAT: 'x' } })).toEqual({
      status: 'warning',
      message: 'no command reads the variables TICKPIPE_COLOUR_SCHEME and TICKPIPE_FROMAT',
      hint: 'did you mean TICKPIPE_FORMAT for TICKPIPE_FROMAT?',
    });
  });

  test('is not one that is read, that is empty, or that belongs to another program', () => {
    const env = {
      TICKPIPE_FORMAT: 'csv',
      TICKPIPE_PROFILE: 'desk',
      TICKPIPE_FROMAT: '',
      FYERS_ACCESS_TOKEN: 'x',
      FYERS_CLIENT_SECRET_OF_ANOTHER_TOOL: 'x',
      https_proxy: 'x',
      no_proxy: 'x',
      TERM: 'xterm',
      TERM_PROGRAM: 'x',
      LC_ALL: 'C',
      XDG_RUNTIME_DIR: '/x',
      FORMAT: 'x',
    };
    expect(findMisspelt(env, KNOWN_FLAGS)).toEqual([]);
  });
});
