import { describe, expect, it } from 'vitest';
import { lookUpHost } from '../../src/lib/host/look-up-host.ts';

describe('the addresses of a host', () => {
  it('are found for this machine itself, and not for an invalid name', async () => {
    const look = (hostname: string) =>
      new Promise((resolve) => lookUpHost(hostname, { all: true }, (error, found) => resolve(error?.code ?? found)));
    expect(await look('localhost')).toContainEqual(expect.objectContaining({ family: expect.any(Number) }));
    expect(await look('nobody.invalid')).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });
});
