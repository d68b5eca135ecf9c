import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { lookup } from '../host/lookup.ts';
import { bareHost, type HttpProxy, ProxyFailure, portOf } from './proxy.ts';

/**
 * A connection to a URL through a proxy, with TLS where the URL says so. Throws `ProxyFailure`.
 * @param timeoutMs how long the proxy may take
 */
export async function connectThrough(proxy: HttpProxy, target: URL, timeoutMs: number): Promise<Socket> {
  const socket = await openTunnel(proxy, `${target.hostname}:${portOf(target)}`, timeoutMs);
  if (target.protocol !== 'https:' && target.protocol !== 'wss:') return socket;
  const host = bareHost(target);
  return connectTls({ socket, host, servername: isIP(host) ? '' : host });
}

/**
 * Asks a proxy for a tunnel. By hand and not with `https-proxy-agent`: that one passes a proxy's refusal off as the target's own
 * answer, and a proxy that never answers keeps its socket for ever. Throws `ProxyFailure`.
 */
function openTunnel(proxy: HttpProxy, authority: string, timeoutMs: number): Promise<Socket> {
  const { hostname: host, port, authorization, secure } = proxy;
  return new Promise((resolve, reject) => {
    const request = (secure ? requestSecure : requestPlain)({
      method: 'CONNECT',
      host,
      port,
      path: authority,
      agent: false,
      lookup,
      headers: { host: authority, ...(authorization !== undefined && { 'proxy-authorization': authorization }) },
    });
    // Not the request's own `timeout`, which begins anew with each byte: a proxy may send headers without end.
    const timer = setTimeout(
      () => request.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
      timeoutMs,
    );
    request.once('close', () => clearTimeout(timer));
    request.once('connect', (response, socket, head) => {
      clearTimeout(timer);
      if (response.statusCode === 200) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket as Socket);
        return;
      }
      socket.destroy();
      reject(new ProxyFailure(proxy, { status: response.statusCode }));
    });
    request.once('error', (cause) => reject(new ProxyFailure(proxy, { cause })));
    request.end();
  });
}
