import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ProxyServer {
  readonly port: number;
  /** What it was asked for, as `feed.example:443`. */
  readonly asked: string[];
  /** The `Proxy-Authorization` of each request. */
  readonly authorizations: (string | undefined)[];
  /** Answers this HTTP status instead of connecting; 0 says nothing at all. */
  status: number;
  close(): Promise<void>;
}

/** An HTTP proxy on loopback that connects whatever it is asked for to a port of this machine. @param tls makes it an `https://` proxy */
export async function startProxy(targetPort = 0, tls?: { key: Buffer; cert: Buffer }): Promise<ProxyServer> {
  const server: Server = tls ? createSecureServer(tls) : createServer();
  const sockets = new Set<Duplex>();
  const keep = (socket: Duplex): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const proxy = { port: 0, asked: [] as string[], authorizations: [] as (string | undefined)[], status: 200 };
  server.on('connect', (request, socket: Duplex) => {
    keep(socket);
    proxy.asked.push(request.url ?? '');
    proxy.authorizations.push(request.headers['proxy-authorization']);
    if (proxy.status === 0) return;
    if (proxy.status !== 200) {
      socket.end(`HTTP/1.1 ${proxy.status} No\r\n\r\n`);
      return;
    }
    const target = connect(targetPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    keep(target);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.port = (server.address() as AddressInfo).port;
  return Object.assign(proxy, {
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}
