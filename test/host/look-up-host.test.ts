import type { LookupAddress, LookupOptions } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { createLookup, type LookupParts } from '../../src/lib/host/look-up-host.ts';
import { ManualClock } from '../support/manual-clock.ts';

const HOST = 'socket.test.invalid';
const HOSTS =
  '127.0.0.1 localhost\n# 9.9.9.9 commented\n192.0.2.7 Pinned.Test other # words\n2001:db8::7\tpinned.test\n';

const mute = (): Promise<never> => new Promise(() => {});

function lookUp(
  parts: Partial<LookupParts>,
  hostname = HOST,
  options: LookupOptions = { all: true },
): Promise<string | LookupAddress[]> {
  const look = createLookup({
    clock: new ManualClock(),
    readHosts: async () => HOSTS,
    query: async () => [],
    askSystem: async () => expect.fail('the system was asked'),
    ...parts,
  });
  return new Promise((resolve, reject) => {
    look(hostname, options, (error, found) => (error ? reject(error) : resolve(found)));
  });
}

const answers = (family4: readonly string[], family6: readonly string[]): LookupParts['query'] => {
  return async (_, family) => (family === 4 ? family4 : family6);
};

describe('the addresses of a host', () => {
  it('are those of the hosts file, before anybody is asked', async () => {
    const query = async () => expect.fail('a name server was asked');
    expect(await lookUp({ query }, 'PINNED.test')).toEqual([
      { address: '192.0.2.7', family: 4 },
      { address: '2001:db8::7', family: 6 },
    ]);
    expect(await lookUp({ query }, 'pinned.test', { family: 6 })).toBe('2001:db8::7');
    expect(await lookUp({ query, readHosts: () => Promise.reject(new Error('none')) }, 'localhost')).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  });

  it('are those of the name servers, IPv4 first', async () => {
    const query = answers(['192.0.2.1', '192.0.2.2'], ['2001:db8::1']);
    expect(await lookUp({ query })).toEqual([
      { address: '192.0.2.1', family: 4 },
      { address: '192.0.2.2', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ]);
    expect(await lookUp({ query }, HOST, {})).toBe('192.0.2.1');
    await expect(lookUp({ query: answers(['192.0.2.1'], []) }, HOST, { family: 6 })).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
  });

  it('do not wait for a server that is mute on one family', async () => {
    const clock = new ManualClock();
    const found = lookUp({ clock, query: (_, family) => (family === 6 ? mute() : Promise.resolve(['192.0.2.1'])) });
    while (clock.pending === 0) await Promise.resolve();
    clock.advance(50);
    expect(await found).toEqual([{ address: '192.0.2.1', family: 4 }]);
  });

  it.each([
    ['the servers do not know', HOST, answers([], [])],
    ['the servers refuse', HOST, () => Promise.reject(new Error('refused'))],
    ['has no dot', 'nas', async () => expect.fail('a name server was asked')],
    ['is in the neighbourhood', 'nas.local', async () => expect.fail('a name server was asked')],
  ])('are asked of the system for a name that %s', async (_, hostname, query) => {
    const askSystem = async () => [{ address: '192.0.2.9', family: 4 }];
    expect(await lookUp({ query, askSystem }, hostname)).toEqual([{ address: '192.0.2.9', family: 4 }]);
  });

  it('are not there for an unknown name', async () => {
    const error = Object.assign(new Error('no'), { code: 'ENOTFOUND' });
    await expect(lookUp({ askSystem: () => Promise.reject(error) })).rejects.toBe(error);
  });
});
