import type { WebSocket } from 'ws';
import type { Clock } from '../clock/clock.ts';
import { pause } from '../clock/pause.ts';
import { EXIT } from '../errors/catalogue.ts';
import { TickpipeError } from '../errors/tickpipe-error.ts';
import type { FeedState } from '../feed/feed.ts';
import { ReconnectPolicy } from '../feed/reconnect-policy.ts';
import { type Answer, HubConnection, type UnnumberedRequest } from './hub-connection.ts';
import type { HubMessage, MessageOf } from './rows-protocol.ts';

/** Failures that another attempt would only repeat. */
const FINAL_EXITS: ReadonlySet<number> = new Set([EXIT.usage, EXIT.token, EXIT.limit, EXIT.configuration]);
const GONE = 'the shared session ended';

export interface HubLinkOptions {
  /** Opens a WebSocket to the hub, starting one where that is meant; nothing of it may be read yet. Throws coded errors. */
  readonly connect: (signal: AbortSignal) => Promise<WebSocket>;
  /** Called on every connection with what the hub said of itself; resolves to whether it took a newer token. */
  readonly greet?: ((hello: MessageOf<'hello'>) => Promise<boolean>) | undefined;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Attempts in a row before it gives up; undefined for no end. */
  readonly maxRetries?: number | undefined;
  /** Goes on when the token is refused or expired, until there is another. */
  readonly waitsForToken?: boolean | undefined;
}

export interface HubLinkListener {
  rows(message: Buffer): void;
  message(message: HubMessage): void;
  malformed(): void;
  /** The hub is gone; another is looked for. */
  lost(): void;
  state(state: FeedState): void;
  /** There is a hub again: asks it for everything wanted. What it throws makes another attempt. */
  returned(hello: MessageOf<'hello'>, request: (request: UnnumberedRequest) => Promise<Answer>): Promise<void>;
  failed(error: TickpipeError): void;
}

/** A connection to the hub that comes back by itself, with a new hub if need be. */
export class HubLink {
  readonly hello: MessageOf<'hello'>;
  readonly #options: HubLinkOptions;
  readonly #policy: ReconnectPolicy;
  readonly #life = new AbortController();
  #listener: HubLinkListener | undefined;
  #connection: HubConnection;
  /** Resolves to the next connection while there is none. */
  #returning: Promise<void> | undefined;
  #isPaused = false;
  /** What came before there was a listener. */
  #early: ((listener: HubLinkListener) => void)[] = [];

  /** Connects and waits for the hub to say who it is. Throws coded errors. */
  static async open(options: HubLinkOptions, signal: AbortSignal): Promise<HubLink> {
    const socket = await options.connect(signal);
    let link: HubLink | undefined;
    const connection: HubConnection = new HubConnection(socket, options.clock, {
      rows: (message) => link?.deliver((listener) => listener.rows(message)),
      message: (message) => link?.deliver((listener) => listener.message(message)),
      malformed: () => link?.deliver((listener) => listener.malformed()),
      closed: () => link?.lost(connection),
    });
    try {
      const hello = await connection.hello();
      link = new HubLink(options, connection, hello);
      await greet(options, hello);
      return link;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  private constructor(options: HubLinkOptions, connection: HubConnection, hello: MessageOf<'hello'>) {
    this.#options = options;
    this.#connection = connection;
    this.hello = hello;
    this.#policy = new ReconnectPolicy(options.clock, options.random, options.maxRetries);
  }

  /** Names the one who is told, also of what came before. */
  listen(listener: HubLinkListener): void {
    this.#listener = listener;
    for (const tell of this.#early.splice(0)) tell(listener);
  }

  /** Asks until a hub answers: one that leaves meanwhile is followed by another. Throws the hub's refusal. */
  async request(request: UnnumberedRequest): Promise<Answer> {
    const { signal } = this.#life;
    for (;;) {
      signal.throwIfAborted();
      await this.#returning;
      signal.throwIfAborted();
      try {
        return await this.#connection.request(request);
      } catch (error) {
        if (!(error instanceof TickpipeError) || error.code !== 'HUB_UNAVAILABLE') throw error;
      }
    }
  }

  pause(on: boolean): void {
    this.#isPaused = on;
    if (on) this.#connection.pause();
    else this.#connection.resume();
  }

  dataArrived(): void {
    this.#policy.dataArrived();
  }

  close(): void {
    if (this.#life.signal.aborted) return;
    this.#life.abort(new TickpipeError('HUB_UNAVAILABLE', 'the feed was closed'));
    this.#connection.close();
  }

  private deliver(tell: (listener: HubLinkListener) => void): void {
    if (this.#listener) tell(this.#listener);
    else this.#early.push(tell);
  }

  private lost(connection: HubConnection): void {
    if (connection !== this.#connection || this.#life.signal.aborted) return;
    this.deliver((listener) => listener.lost());
    this.#returning = this.#comeBack().catch((error) => {
      if (this.#life.signal.aborted) return;
      this.close();
      this.deliver((listener) => listener.failed(codedError(error)));
    });
  }

  async #comeBack(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#life;
    this.#policy.connecting();
    for (let attempt = 0; ; attempt++) {
      const at = clock.now();
      const delayMs = attempt === 0 ? 0 : this.#nextDelayMs();
      this.#state({ state: 'disconnected', at, reason: 'hub_gone', detail: GONE, retryAt: at + delayMs });
      if (delayMs > 0) await pause(clock, delayMs, signal);
      this.#state({ state: 'connecting', at: clock.now(), attempt: attempt + 1 });
      try {
        await this.#reconnect();
        this.#returning = undefined;
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof TickpipeError) || FINAL_EXITS.has(error.exit)) throw error;
      }
    }
  }

  #nextDelayMs(): number {
    const verdict = this.#policy.retry(GONE);
    if ('error' in verdict) throw verdict.error;
    return verdict.delayMs;
  }

  async #reconnect(): Promise<void> {
    const socket = await this.#options.connect(this.#life.signal);
    const connection: HubConnection = new HubConnection(socket, this.#options.clock, {
      rows: (message) => this.deliver((listener) => listener.rows(message)),
      message: (message) => this.deliver((listener) => listener.message(message)),
      malformed: () => this.deliver((listener) => listener.malformed()),
      closed: () => this.lost(connection),
    });
    try {
      const hello = await connection.hello();
      this.#life.signal.throwIfAborted();
      await greet(this.#options, hello);
      await this.#listener?.returned(hello, (request) => connection.request(request));
      this.#life.signal.throwIfAborted();
      this.#connection = connection;
      if (this.#isPaused) connection.pause();
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  #state(state: FeedState): void {
    this.deliver((listener) => listener.state(state));
  }
}

/** Throws the hub's failure when it waits for a token and does not take ours. */
async function greet(options: HubLinkOptions, hello: MessageOf<'hello'>): Promise<void> {
  const isAdopted = (await options.greet?.(hello)) ?? false;
  const { state } = hello;
  if (state.state !== 'waiting_for_token' || isAdopted || options.waitsForToken) return;
  throw new TickpipeError(state.code, state.message);
}

function codedError(error: unknown): TickpipeError {
  return error instanceof TickpipeError
    ? error
    : new TickpipeError('BUG', 'the shared session failed', { cause: error });
}
