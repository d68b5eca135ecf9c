import { describe, expect, it } from 'vitest';
import { listBrowsers } from '../../../src/lib/cli/account/browser.ts';

const ADDRESS = 'https://broker.example/login?a=1&b=$&%73';

const list = (env: Record<string, string>, platform: NodeJS.Platform = 'linux') =>
  listBrowsers(ADDRESS, { env, platform });

describe('the browser', () => {
  it.each([
    ['linux', {}, []],
    ['linux', { DISPLAY: ':0' }, [['xdg-open', ADDRESS]]],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, [['xdg-open', ADDRESS]]],
    ['linux', { DISPLAY: ':0', SSH_TTY: '/dev/pts/1' }, []],
    ['linux', { BROWSER: 'firefox', SSH_CLIENT: '10.0.0.1' }, []],
    ['darwin', {}, [['open', ADDRESS]]],
    ['darwin', { SSH_CONNECTION: '10.0.0.1' }, []],
    ['freebsd', { DISPLAY: ':0' }, [['xdg-open', ADDRESS]]],
    ['win32', { DISPLAY: ':0' }, []],
  ] as const)('of %s with %j is %j', (platform, env, commands) => {
    expect(list(env, platform)).toEqual(commands);
  });

  it.each([
    ['firefox', [['firefox', ADDRESS]]],
    ['firefox --new-window', [['firefox', '--new-window', ADDRESS]]],
    ['firefox -url=%s -x', [['firefox', `-url=${ADDRESS}`, '-x']]],
    [`'/opt/my browser' "%s"`, [['/opt/my browser', ADDRESS]]],
    [
      'nonsense:firefox %s::w3m',
      [
        ['nonsense', ADDRESS],
        ['firefox', ADDRESS],
        ['w3m', ADDRESS],
      ],
    ],
    ['rm -rf $HOME; %s', [['rm', '-rf', '$HOME;', ADDRESS]]],
    ['  ', []],
  ])('of BROWSER=%j is %j: no shell reads it', (given, commands) => {
    expect(list({ BROWSER: given })).toEqual(commands);
  });
});
