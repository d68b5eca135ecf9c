import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { selectEnvironment } from '../../src/lib/network/child-environment.ts';

describe('selectEnvironment', () => {
  it('hands down what a hub needs, with paths that hold in its directory', () => {
    const given = {
      PATH: '/bin',
      HOME: '/home/x',
      TZ: '',
      LD_PRELOAD: 'x',
      FYERS_ACCESS_TOKEN: 'A-100:secret',
      TICKPIPE_HUB_TOKEN: 'secret',
      TICKPIPE_RUN_DIR: 'run',
      NODE_EXTRA_CA_CERTS: '../ca.pem',
    };
    expect(selectEnvironment(given)).toEqual({
      PATH: '/bin',
      HOME: '/home/x',
      TICKPIPE_RUN_DIR: path.resolve('run'),
      NODE_EXTRA_CA_CERTS: path.resolve('../ca.pem'),
    });
  });
});
