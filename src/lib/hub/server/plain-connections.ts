import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The connections of a listener that are no WebSockets. One caller could keep them all open at no cost. So beyond the limit one is
 * closed, of the address that has most: the oldest whose request is not finished, or else the oldest.
 */
export class PlainConnections {
  readonly #max: number;
  /** Oldest first, with the request that is under way. */
  readonly #requests = new Map<Socket, IncomingMessage | undefined>();

  constructor(max: number) {
    this.#max = max;
  }

  add(socket: Socket): void {
    this.#requests.set(socket, undefined);
    socket.once('close', () => this.#requests.delete(socket));
    if (this.#requests.size > this.#max) this.#findIdle(socket).destroy();
  }

  began(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (!this.#requests.has(socket)) return;
    this.#requests.set(socket, request);
    response.once('close', () => {
      if (this.#requests.get(socket) === request) this.#requests.set(socket, undefined);
    });
  }

  /** It is a WebSocket from now on. */
  upgraded(socket: Socket): void {
    this.#requests.delete(socket);
  }

  closeAll(): void {
    for (const socket of this.#requests.keys()) socket.destroy();
  }

  #findIdle(newest: Socket): Socket {
    const address = this.#findCrowdedAddress();
    let oldest: Socket | undefined;
    for (const [socket, request] of this.#requests) {
      if (socket === newest || socket.remoteAddress !== address) continue;
      oldest ??= socket;
      if (!request?.complete) return socket;
    }
    return oldest ?? newest;
  }

  #findCrowdedAddress(): string | undefined {
    const counts = new Map<string | undefined, number>();
    let crowded: string | undefined;
    for (const { remoteAddress } of this.#requests.keys()) {
      const count = (counts.get(remoteAddress) ?? 0) + 1;
      counts.set(remoteAddress, count);
      if (count >= (counts.get(crowded) ?? 0)) crowded = remoteAddress;
    }
    return crowded;
  }
}
