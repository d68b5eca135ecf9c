import { WebSocket } from 'ws';
import type { Clock } from '../clock/clock.ts';
import { reuseReads } from '../network/reused-reads.ts';
import { DIRECT, type FindRoute, forWebSocket } from '../network/route.ts';
import { answerPings } from './answer-pings.ts';
import { describeRefusedUpgrade, describeSocketFailure } from './connection-failure.ts';
import type { ConnectDataSocket, DataSocket } from './data-socket.ts';

/** A snapshot of 5,000 topics is under 1 MiB. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

const STATES = {
  [WebSocket.CONNECTING]: 'opening',
  [WebSocket.OPEN]: 'open',
  [WebSocket.CLOSING]: 'closing',
  [WebSocket.CLOSED]: 'closed',
} as const satisfies Record<WebSocket['readyState'], DataSocket['state']>;

export interface WebSocketOptions {
  readonly url: string;
  readonly clock: Clock;
  /** How the address is reached; directly when it is left out. */
  readonly findRoute?: FindRoute | undefined;
}

/** A data socket over the network. */
export function connectByWebSocket({ url, clock, findRoute = DIRECT.findRoute }: WebSocketOptions): ConnectDataSocket {
  const address = new URL(url);
  return (handshakeTimeout, handler) => {
    // Without an Authorization header: the gateway never answers a request that has one.
    const socket = new WebSocket(address, {
      ...forWebSocket(findRoute(address)),
      ...reuseReads(),
      handshakeTimeout,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      skipUTF8Validation: true,
      autoPong: false,
    });
    answerPings(socket);
    socket.on('open', () => handler.opened());
    socket.on('message', (data: Buffer, isBinary) => handler.message(data, isBinary));
    socket.on('ping', () => handler.heard());
    socket.on('unexpected-response', (request, response) => {
      handler.refused(response.statusCode ?? 0, describeRefusedUpgrade(response, address, clock.now()));
      request.destroy();
    });
    socket.on('error', (error) => {
      const { detail, cause } = describeSocketFailure(error, address);
      handler.failed(detail, cause);
    });
    socket.on('close', (code) => handler.closed(code));
    return {
      get state() {
        return STATES[socket.readyState];
      },
      send: (frame) => socket.send(frame),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      // An aborted handshake reports an error, which must not be unhandled: the handler is still there.
      terminate: () => socket.terminate(),
    };
  };
}
