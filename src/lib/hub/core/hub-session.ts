import type { Kind } from '../../market/kinds.ts';
import type { HubMessage } from '../protocol/messages.ts';
import type { ClientQueue } from './client-queue.ts';
import type { SharedTick } from './shared-ticks.ts';

/** The client of a session, as the hub reaches it. */
export interface SessionClient {
  send(message: HubMessage): void;
  /** Called when its last subscription is gone, whichever side removed it. */
  emptied?(): void;
  /** The feed no longer has these symbols, of which it got bars. */
  barsDropped?(interval: string, symbols: readonly string[]): void;
  /** Where its rows go; undefined for a client that asks for values, as REST callers do. */
  readonly queue?: ClientQueue | undefined;
}

export interface SessionOptions {
  /** Its name for people: `stream symbols`, `rest`, `websocket`. */
  readonly command: string;
  /** Of the command's process; null where there is none. */
  readonly pid: number | null;
  /** Kinds of rows it can take, the one it is about first; empty for all. */
  readonly kinds: readonly Kind[];
  /** Starts another hub when this one is stopped. */
  readonly startsAnother?: boolean;
  /** It came over TCP, so it may be of any user of this machine. */
  readonly isElsewhere?: boolean | undefined;
}

/** One client of the hub: what it wants and what it was given. */
export class HubSession {
  readonly id: string;
  readonly command: string;
  readonly pid: number | null;
  readonly kinds: readonly Kind[];
  readonly startsAnother: boolean;
  readonly isElsewhere: boolean;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly client: SessionClient;
  readonly ticks = new Set<SharedTick>();
  /** Subscriptions that were requested and are not answered yet. */
  pending = 0;
  isClosed = false;

  constructor(id: string, since: number, options: SessionOptions, client: SessionClient) {
    this.id = id;
    this.since = since;
    this.command = options.command;
    this.pid = options.pid;
    this.kinds = options.kinds;
    this.startsAnother = options.startsAnother ?? false;
    this.isElsewhere = options.isElsewhere ?? false;
    this.client = client;
  }

  /** A command or a recording; not a REST caller, nor a WebSocket that speaks JSON. */
  get isCommand(): boolean {
    return this.client.queue?.encoding === 'rows';
  }

  takes(kind: Kind): boolean {
    return this.kinds.length === 0 || this.kinds.includes(kind);
  }
}
