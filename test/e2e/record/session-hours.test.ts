import { expect, it } from 'vitest';
import { homeWith } from '../home-with-hours.ts';
import { SharedAccount } from '../hub/shared-account.ts';
import { emptyFolder, run } from '../program.ts';
import { listFiles, readRecordings } from './recordings.ts';

const SBIN = 'NSE:SBIN-EQ';

it('on a closed day says so and ends with 0 at once', async () => {
  const dir = emptyFolder();
  const args = ['record', SBIN, '--feed', 'sim', '--dir', dir, '--session-hours', '--verbose'];
  const { status, stderr } = await run(args, {
    env: { HOME: homeWith({ all: 'closed' }), TICKPIPE_DIRECT: undefined },
  });
  expect(status).toBe(0);
  expect(stderr).toMatch(/^no session on \d{4}-\d\d-\d\d: the day of the test\n$/);
  expect(listFiles(dir)).toEqual([]);
});

it('in the session records at once', async () => {
  const dir = emptyFolder();
  const args = ['record', SBIN, '--feed', 'sim', '--dir', dir, '--session-hours', '--duration', '1s'];
  const env = { HOME: homeWith({ all: [['00:00', '23:59']] }), TICKPIPE_DIRECT: undefined };
  expect(await run(args, { env })).toMatchObject({ status: 0 });
  expect(readRecordings(dir)).toHaveLength(1);
});

it('--detach on a closed day leaves nothing behind', async () => {
  const account = await SharedAccount.create({ rate: 200 });
  homeWith({ all: 'closed' }, account.home);
  const args = ['record', SBIN, '--dir', emptyFolder(), '--session-hours', '--detach', '--verbose'];
  expect(await account.run(args)).toMatchObject({ status: 0, stderr: expect.stringContaining('no session on ') });
  expect(await account.status()).toEqual({ hub: null, sessions: [] });
});

it('a future whose name does not say its market is looked up: only the commodities trade', async () => {
  const account = await SharedAccount.create({ rate: 200 });
  homeWith({ nse_fo: 'closed', currency: 'closed', nse_com: [['00:00', '23:59']] }, account.home);
  const dir = emptyFolder();
  const args = ['record', 'NSE:RELIANCE26NOVFUT', '--dir', dir, '--session-hours', '--count', '5', '--verbose'];
  const asked = await account.run(args);
  expect(asked).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/^no session on .*: the day of the test\n$/),
  });
  expect(listFiles(dir)).toEqual([]);
  // Nobody can be asked of a made-up price.
  const unsure = await account.run([...args, '--feed', 'sim']);
  expect(unsure.status).toBe(0);
  expect(unsure.stderr).toContain('warning: the name does not decide the market of NSE:RELIANCE26NOVFUT');
  expect(readRecordings(dir)).toHaveLength(1);
});

it('a calendar that cannot be used is bad configuration', async () => {
  const home = homeWith({ all: 'noon' });
  const args = ['record', SBIN, '--feed', 'sim', '--dir', emptyFolder(), '--session-hours'];
  const { status, stderr } = await run(args, { env: { HOME: home, TICKPIPE_DIRECT: undefined } });
  expect(status).toBe(78);
  expect(stderr).toMatch(/error: .*\.json: days\.0\.hours\.all: expected closed, usual, /);
});
