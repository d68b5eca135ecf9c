import { EventEmitter } from 'node:events';
import type { ConnectDataSocket, DataSocket, DataSocketHandler } from '../feed/data-socket.ts';
import type { ClientSocket } from './data-connection.ts';

/** The states of a WebSocket, as its standard numbers them. */
const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;
/** The WebSocket's codes of an end without a reason, and of one without a close frame. */
const CLOSED_ABNORMALLY = 1006;

/** Connects to a server in this process: the messages of the data socket, without a network or a WebSocket between the two ends. */
export function connectInMemory(serve: (socket: ClientSocket) => void): ConnectDataSocket {
  return (_handshakeTimeoutMs, handler) => {
    const pair = new MemoryPair(handler);
    setImmediate(() => pair.open(serve));
    return pair.client;
  };
}

/** What waits for the client: a message, or the server's end of the connection. */
type Waiting = { readonly bytes: Buffer; readonly done: () => void } | { readonly code: number };

/** Both ends. What one sends, the other receives in a later turn of the event loop, as from a socket. */
class MemoryPair {
  readonly client: DataSocket;
  readonly #server: MemoryClientSocket;
  readonly #handler: DataSocketHandler;
  readonly #toClient: Waiting[] = [];
  readonly #toServer: Buffer[] = [];
  #state: DataSocket['state'] = 'opening';
  #isPaused = false;
  #isTurnDue = false;

  constructor(handler: DataSocketHandler) {
    this.#handler = handler;
    this.#server = new MemoryClientSocket({
      send: (bytes, done) => this.#sendToClient({ bytes, done }),
      close: (code) => this.#sendToClient({ code }),
      terminate: () => this.#end(CLOSED_ABNORMALLY),
    });
    const readState = (): DataSocket['state'] => this.#state;
    this.client = {
      get state() {
        return readState();
      },
      send: (frame) => {
        this.#toServer.push(frame);
        this.#wantTurn();
      },
      pause: () => {
        this.#isPaused = true;
      },
      resume: () => {
        this.#isPaused = false;
        this.#wantTurn();
      },
      terminate: () => this.#end(CLOSED_ABNORMALLY),
    };
  }

  open(serve: (socket: ClientSocket) => void): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    this.#server.readyState = OPEN;
    serve(this.#server);
    this.#handler.opened();
  }

  #sendToClient(waiting: Waiting): void {
    this.#toClient.push(waiting);
    if ('bytes' in waiting) this.#server.bufferedAmount += waiting.bytes.length;
    this.#wantTurn();
  }

  #wantTurn(): void {
    if (this.#isTurnDue || this.#state !== 'open') return;
    this.#isTurnDue = true;
    setImmediate(() => this.#turn());
  }

  /** Delivers what has been sent by now; what is sent meanwhile comes in the next turn. */
  #turn(): void {
    this.#isTurnDue = false;
    for (const frame of this.#toServer.splice(0)) {
      if (this.#state === 'open') this.#server.emit('message', frame, true);
    }
    for (let left = this.#toClient.length; left > 0 && !this.#isPaused && this.#state === 'open'; left--) {
      this.#deliver(this.#toClient.shift() as Waiting);
    }
    if (this.#toServer.length > 0 || (this.#toClient.length > 0 && !this.#isPaused)) this.#wantTurn();
  }

  #deliver(waiting: Waiting): void {
    if ('code' in waiting) {
      this.#end(waiting.code);
      return;
    }
    const { bytes, done } = waiting;
    this.#handler.message(bytes, true);
    this.#server.bufferedAmount -= bytes.length;
    done();
  }

  #end(code: number): void {
    if (this.#state === 'closed') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'closed';
    this.#server.readyState = CLOSED;
    this.#toServer.length = 0;
    this.#toClient.length = 0;
    // Later, as with a socket: the end that ends it is in the middle of something.
    setImmediate(() => {
      if (wasOpen) this.#server.emit('close');
      this.#handler.closed(code);
    });
  }
}

interface Outgoing {
  send(bytes: Buffer, done: () => void): void;
  close(code: number): void;
  terminate(): void;
}

/** The server's end. */
class MemoryClientSocket extends EventEmitter implements ClientSocket {
  readonly OPEN = OPEN;
  readyState = CONNECTING;
  bufferedAmount = 0;
  readonly #outgoing: Outgoing;

  constructor(outgoing: Outgoing) {
    super();
    this.#outgoing = outgoing;
  }

  /** Whole messages only: the fault that splits them needs a WebSocket. */
  send(bytes: Buffer, done: unknown): void {
    if (typeof done !== 'function') throw new TypeError('a message is sent whole in memory');
    this.#outgoing.send(bytes, done as () => void);
  }

  close(code: number): void {
    this.#outgoing.close(code);
  }

  terminate(): void {
    this.#outgoing.terminate();
  }
}
