import { expect, onTestFinished, test } from 'vitest';
import { Simulator } from '../../src/library/index.ts';

test('a simulator has the login, the symbol master and the variables of a process that uses them', async () => {
  const simulator = await Simulator.start({
    rate: 0,
    masterRows: 0,
    symbols: ['NSE:OURS-EQ'],
    faults: ['profile=-8:1'],
  });
  onTestFinished(() => simulator.close());
  const rows = await (await fetch(`${simulator.masterUrl}/NSE_CM.csv`)).text();
  expect(rows).toContain(',NSE:OURS-EQ,');
  const profile = () => fetch(`${simulator.authUrl}/profile`, { headers: { authorization: simulator.token } });
  expect([(await profile()).status, (await profile()).status]).toEqual([401, 200]);
  expect(simulator.environment).toEqual({
    TICKPIPE_SOCKET_URL: simulator.socketUrl,
    TICKPIPE_DATA_URL: simulator.dataUrl,
    TICKPIPE_AUTH_URL: simulator.authUrl,
    TICKPIPE_MASTER_URL: simulator.masterUrl,
    FYERS_APP_ID: simulator.token.split(':')[0],
    FYERS_SECRET_KEY: expect.stringMatching(/^[A-Z2-9]{10}$/),
    FYERS_ACCESS_TOKEN: simulator.token,
  });
});
