import { TickpipeError, toPlainError } from '../../errors/tickpipe-error.ts';
import type { SubscriptionResult } from '../../feed/feed.ts';
import { fromWire, KINDS, type Kind } from '../../market/kinds.ts';
import type { Hub } from '../core/hub.ts';
import { type HubMessage, type HubRequest, readHubRequest, type WireResult } from '../protocol/messages.ts';
import { SocketClient, type SocketParts } from './socket-client.ts';
import { subscriptionOf } from './subscription-request.ts';

export interface RowsClientOptions {
  /**
   * The query of the upgrade request: `command`, `pid`, `kinds`, `ends` of a command that ends when the hub is stopped,
   * `settings` of the network.
   */
  readonly query: URLSearchParams;
  /** Serves TCP, too; undefined where that is not for clients to ask. Resolves to the URL and what ends it. */
  readonly listen?: Listen | undefined;
}

export type ListenRequest = Omit<Extract<HubRequest, { action: 'listen' }>, 'action' | 'id'>;
export type Listen = (request: ListenRequest) => Promise<{ readonly url: string; close(): Promise<void> }>;

const MAX_COMMAND_CHARACTERS = 64;

/** A command of this program. It gets rows as finished bytes. */
export class RowsClient extends SocketClient {
  readonly #listen: Listen | undefined;
  #listeners: { close(): Promise<void> }[] = [];

  constructor(parts: SocketParts, { query, listen }: RowsClientOptions) {
    super(parts, 'rows', {
      command: clean(query.get('command') ?? 'unknown'),
      pid: readPid(query.get('pid')),
      kinds: (query.get('kinds') ?? '').split(',').filter(isKind),
      // A command that came over TCP does not start hubs here.
      startsAnother: listen !== undefined && !query.has('ends'),
    });
    this.#listen = listen;
    const { hub } = this;
    this.send({
      type: 'hello',
      session: this.session.id,
      pid: process.pid,
      feed: hub.feedName,
      simulated: hub.simulated,
      state: hub.state,
      expiresAt: hub.tokenExpiresAtMs,
      ...(hub.recorded && { recorded: true }),
      ...(hasOtherSettings(hub, query) && { hasOtherSettings: true }),
    });
  }

  send(message: HubMessage): void {
    this.sendJson(message);
  }

  protected async receive(message: unknown): Promise<void> {
    const request = readHubRequest(message);
    if (request === undefined) throw new TickpipeError('BAD_REQUEST', 'not a message of this protocol');
    await this.#handlers[request.action](request as never);
  }

  protected receiveAtOnce(): boolean {
    return false;
  }

  protected refuse(error: TickpipeError, request: unknown): void {
    const id = typeof request === 'object' && request !== null && 'id' in request ? Number(request.id) : null;
    this.send({ type: 'error', id, ...toPlainError(error) });
  }

  protected override ended(): void {
    for (const listener of this.#listeners) void listener.close();
    this.#listeners = [];
  }

  readonly #handlers: { [A in HubRequest['action']]: (request: Extract<HubRequest, { action: A }>) => Promise<void> } =
    {
      subscribe: async ({ id, subscriptions, strict, within_ms: withinMs }) => {
        const wanted = subscriptions.map(([type, symbol]) => subscriptionOf(symbol, type));
        await this.hub.subscribe(this.session, wanted, {
          strict,
          withinMs,
          signal: this.signal,
          beforeRows: (results) => this.send({ type: 'result', id, results: results.map(toWireResult) }),
        });
      },
      unsubscribe: async ({ id, subscriptions }) => {
        const wanted = fromWire(subscriptions);
        const dropped = new Set(this.hub.unsubscribe(this.session, wanted).map(({ kind, symbol }) => kind + symbol));
        const results = wanted.map(
          ({ kind, symbol }): WireResult => ({ status: dropped.has(kind + symbol) ? 'accepted' : 'unknown' }),
        );
        this.send({ type: 'result', id, results });
      },
      conclude: async ({ id }) => {
        if (this.hub.isProbing) this.send({ type: 'concluding', id });
        await this.hub.concludeProbe();
        this.send({ type: 'result', id, results: [] });
      },
      listen: async ({ id, action: _, ...request }) => {
        if (this.#listen === undefined) throw new TickpipeError('FORBIDDEN', 'only the Unix socket takes this');
        const listener = await this.#listen(request);
        if (this.session.isClosed) await listener.close();
        else this.#listeners.push(listener);
        this.send({ type: 'listening', id, url: listener.url });
      },
    };
}

function toWireResult({ subscription: _, ...result }: SubscriptionResult): WireResult {
  return result;
}

/** Whether a command would reach the feed by other network settings than the hub does. @param query of its upgrade request */
export function hasOtherSettings({ networkSettings }: Hub, query: URLSearchParams): boolean {
  const settings = query.get('settings');
  return settings !== null && networkSettings !== undefined && settings !== networkSettings;
}

function isKind(text: string): text is Kind {
  return (KINDS as readonly string[]).includes(text);
}

/** What a terminal shows as it is. */
function clean(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_COMMAND_CHARACTERS);
}

function readPid(text: string | null): number | null {
  const pid = Number(text);
  return text !== null && Number.isInteger(pid) && pid > 0 ? pid : null;
}
