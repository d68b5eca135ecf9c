import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to `listen(0)` and to connections (Linux from 32768, others from 49152): nothing else of the tests
 * takes one of these meanwhile.
 */
const FIRST = 12_000;
const END = 32_000;

/** A port of this machine on which nothing listens, and that stays so. For what has to know a port before it listens there. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    const server = createServer().listen(port, host);
    const isFree = await once(server, 'listening').then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE') throw error;
        return false;
      },
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
