import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:tls';
import type { Simulator } from '../../../src/lib/simulator/simulator.ts';
import { readCertificate } from '../../support/certificates.ts';
import { afterTest } from '../program.ts';

/** The simulator behind TLS, as FYERS is. Resolves to the port of 127.0.0.1. */
export async function openTlsFront(
  { port }: Simulator,
  certificate: Parameters<typeof readCertificate>[0],
): Promise<number> {
  const server = createServer(readCertificate(certificate), (socket) => {
    const plain = connect(port, '127.0.0.1');
    socket.on('error', () => plain.destroy());
    plain.on('error', () => socket.destroy());
    plain.on('close', () => socket.destroy());
    socket.pipe(plain).pipe(socket);
  });
  // A client that does not trust us hangs up.
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** What points tickpipe at an address that speaks TLS. @param host with its port, if any */
export function endpointsAt(host: string): Record<'TICKPIPE_SOCKET_URL' | 'TICKPIPE_DATA_URL', string> {
  return { TICKPIPE_SOCKET_URL: `wss://${host}/hsm/v1-5/prod`, TICKPIPE_DATA_URL: `https://${host}/data` };
}
