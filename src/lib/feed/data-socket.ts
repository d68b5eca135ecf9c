import type { AttemptError } from '../network/failure.ts';

/** The client's end of a data socket. */
export interface DataSocket {
  readonly state: 'opening' | 'open' | 'closing' | 'closed';
  /** Sends a binary message. */
  send(frame: Buffer): void;
  /** Stops reading: what the server sends stays where it is. */
  pause(): void;
  resume(): void;
  /** Ends it at once, in any state. Safe twice. */
  terminate(): void;
}

/** Receives what happens on a data socket: nothing before `ConnectDataSocket` has returned. */
export interface DataSocketHandler {
  opened(): void;
  /** @param data valid until this returns */
  message(data: Buffer, isBinary: boolean): void;
  /** A sign of life that is no message. */
  heard(): void;
  /** The server answered the handshake with another HTTP status. */
  refused(status: number, cause: AttemptError): void;
  /** @param cause where the failure has a code of its own */
  failed(detail: string, cause?: AttemptError): void;
  /** @param code of the WebSocket's end */
  closed(code: number): void;
}

/** Begins to connect. @param handshakeTimeoutMs how long the handshake may take */
export type ConnectDataSocket = (handshakeTimeoutMs: number, handler: DataSocketHandler) => DataSocket;
