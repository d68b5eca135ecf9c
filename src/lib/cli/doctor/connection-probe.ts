import type { AccessToken } from '../../auth/access-token.ts';
import { raceAbort } from '../../clock/abort.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Endpoints } from '../../feed/endpoints.ts';
import { lockFeed } from '../../feed/feed-identity.ts';
import { HsmConnection } from '../../feed/hsm-connection.ts';
import { LiveTick, WantedTopic, type WantedTopicState } from '../../feed/subscriptions.ts';
import type { ProcessLock } from '../../host/process-lock.ts';
import { toRow } from '../../market/row.ts';
import type { Row } from '../../market/rows.ts';
import { topicKindOf, topicName } from '../../market/topics.ts';
import { createOutgoing } from '../../network/route.ts';
import { createSymbolLookup } from '../../symbols/symbol-lookup.ts';
import { identifyFeed } from '../feed/account.ts';
import type { CommandContext } from '../program/program.ts';

/** How long the server may take for the handshake, and then for the answer to the token. */
const HANDSHAKE_MS = 5_000;

/**
 * A connection to the data socket for the checks, with the lock of the account, so that no hub opens a second one meanwhile. It does not
 * connect again.
 */
export class ConnectionProbe {
  readonly #token: AccessToken;
  readonly #endpoints: Endpoints;
  readonly #context: CommandContext;
  readonly #lock: ProcessLock;
  readonly #connection: HsmConnection;
  #whenAuthenticated: { resolve: () => void; reject: (error: TickpipeError) => void } | undefined;
  #whenSnapshot: { resolve: (state: WantedTopicState) => void; reject: (error: TickpipeError) => void } | undefined;

  /**
   * Resolves when the server has accepted the token. Throws `SECOND_CONNECTION` when another process holds the account's lock,
   * `BAD_CONFIGURATION` when there can be no lock, the refusal of the server, `FEED_UNREACHABLE`, or the signal's reason.
   */
  static async open(
    token: AccessToken,
    endpoints: Endpoints,
    context: CommandContext,
    signal: AbortSignal,
  ): Promise<ConnectionProbe> {
    const { env, clock } = context.program;
    const lock = await lockFeed(identifyFeed(endpoints, token), 'command', { env, clock, signal });
    const probe = new ConnectionProbe(token, endpoints, context, lock);
    try {
      await probe.#authenticate(signal);
      return probe;
    } catch (error) {
      probe.close();
      throw error;
    }
  }

  private constructor(token: AccessToken, endpoints: Endpoints, context: CommandContext, lock: ProcessLock) {
    this.#token = token;
    this.#endpoints = endpoints;
    this.#context = context;
    this.#lock = lock;
    const { program, version } = context;
    this.#connection = new HsmConnection(
      {
        url: endpoints.socketUrl,
        hsmKey: token.hsmKey,
        clock: program.clock,
        handshakeTimeoutMs: HANDSHAKE_MS,
        findRoute: createOutgoing(program.env, version).findRoute,
      },
      {
        authenticated: () => this.#whenAuthenticated?.resolve(),
        authenticationRefused: (status) => this.#refused(status),
        subscribed: (_, ok) => {
          if (!ok) this.#fail(new TickpipeError('SUBSCRIPTION_REFUSED', 'the data socket refused the subscription'));
        },
        snapshot: (state) => this.#whenSnapshot?.resolve(state),
        tick: () => {},
        answered: () => {},
        stoodStill: () => {},
        dataArrived: () => {},
        heartbeat: () => {},
        closed: (_reason, detail, cause) => this.#fail(cause ?? new TickpipeError('FEED_UNREACHABLE', detail)),
      },
    );
  }

  /** The first row of a symbol's full quotes. Throws the refusal of the lookup or the server, or the signal's reason. */
  async takeSnapshot(symbol: string, signal: AbortSignal): Promise<Row> {
    const { program, version } = this.#context;
    const { clock, env } = program;
    const lookup = createSymbolLookup({
      dataUrl: this.#endpoints.dataUrl,
      clock,
      signal,
      outgoing: createOutgoing(env, version),
    });
    const instrument = (await lookup.resolve([symbol], this.#token, signal)).get(symbol);
    if (instrument === undefined || instrument === 'unknown') {
      throw new TickpipeError('UNKNOWN_SYMBOL', `the feed does not know ${symbol}`);
    }
    const topic = new WantedTopic(topicName('symbol', instrument), topicKindOf('symbol', symbol), instrument);
    const state = await this.#wait<WantedTopicState>(signal, (waiter) => {
      this.#whenSnapshot = waiter;
      this.#connection.subscribe([topic], 'full');
    });
    const tick = new LiveTick(0, { kind: 'symbol', symbol }, state);
    return toRow(tick, { simulated: this.#token.simulated, time: 'epoch' });
  }

  /** Safe to call twice. */
  close(): void {
    this.#connection.close();
    this.#lock.release();
  }

  #authenticate(signal: AbortSignal): Promise<void> {
    return this.#wait<void>(signal, (waiter) => {
      this.#whenAuthenticated = waiter;
    });
  }

  async #wait<T>(
    signal: AbortSignal,
    begin: (waiter: { resolve: (value: T) => void; reject: (error: TickpipeError) => void }) => void,
  ): Promise<T> {
    signal.throwIfAborted();
    return raceAbort(new Promise((resolve, reject) => begin({ resolve, reject })), signal);
  }

  #refused(status: number | undefined): void {
    const detail = status === undefined ? '' : ` (HTTP ${status})`;
    this.#fail(new TickpipeError('TOKEN_REFUSED', `the data socket refused the token${detail}`));
  }

  #fail(error: TickpipeError): void {
    this.#whenAuthenticated?.reject(error);
    this.#whenSnapshot?.reject(error);
  }
}
