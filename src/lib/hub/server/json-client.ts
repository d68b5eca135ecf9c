import type { z } from 'zod';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { ROW_TYPES, type RowType, type Subscription } from '../../market/kinds.ts';
import type { JsonMessage } from '../protocol/json-messages.ts';
import { JSON_REQUESTS, jsonChangeSchema } from '../protocol/json-requests.ts';
import type { HubMessage } from '../protocol/messages.ts';
import { type HubTexts, makeStatus } from './hub-texts.ts';
import { SocketClient, type SocketParts } from './socket-client.ts';
import {
  AllRejected,
  answerOf,
  readInterval,
  readSubscriptions,
  type SubscriptionRequest,
} from './subscription-request.ts';

/** With so much to read a client gets one status for all that it asked for. */
const MAX_STATUS_BYTES = 1024 * 1024;

/** The status that follows from a message, made once for all clients that get it. */
const statusTexts = new WeakMap<HubMessage, Buffer>();

/** A browser or any other WebSocket client, which speaks `{action,...}` and is answered `{type,...}`. */
export class JsonClient extends SocketClient {
  readonly #texts: HubTexts;
  /** How many statuses it has asked for and not been sent. */
  #statuses = 0;

  constructor(parts: SocketParts) {
    super(parts, 'json', { command: 'websocket', pid: null, kinds: [] });
    this.#texts = parts.texts;
  }

  send(message: HubMessage): void {
    switch (message.type) {
      case 'state':
        this.#sendStatusAfter(message);
        break;
      case 'gap':
        this.sendJson({ type: 'Gap', ...message.gap });
        break;
      case 'skipped':
        this.sendJson({ type: 'Skipped', rows: message.rows, at: message.at });
        break;
      case 'refused':
        this.sendJson({
          type: 'error',
          code: 'SUBSCRIPTION_REFUSED',
          message: 'the feed refused a subscription',
          symbols: message.subscriptions.map(([, symbol]) => symbol),
        });
        break;
      case 'changed':
        this.#sendChanged(message);
        break;
      case 'failed':
        this.sendJson({ type: 'error', code: message.code, message: message.message });
        break;
      default:
      // The others are for commands.
    }
  }

  barsDropped(interval: string, symbols: readonly string[]): void {
    this.sendJson({ type: 'ack', action: 'unsubscribe', data_type: 'Bar', interval, symbols, rejected: [] });
  }

  protected async receive(message: unknown): Promise<void> {
    const parsed = jsonChangeSchema.safeParse(message);
    if (!parsed.success) throw new TickpipeError('BAD_REQUEST', describe(parsed.error));
    const request = parsed.data;
    const { action, symbols, data_type: type, interval } = request;
    if (type === 'Bar') await this.#changeBars(action, symbols, interval);
    else if (action === 'subscribe') await this.#subscribe(symbols, type);
    else this.#unsubscribe(symbols, type);
  }

  /** The status can be asked for while a subscription waits for the feed. */
  protected receiveAtOnce(message: unknown): boolean {
    const isAsked = JSON_REQUESTS.getStatus.safeParse(message).success;
    if (isAsked && ++this.#statuses === 1) this.#askStatus();
    return isAsked;
  }

  protected refuse(error: TickpipeError): void {
    const { code, message } = error;
    this.sendJson({ type: 'error', code, message, ...(error instanceof AllRejected && { symbols: error.symbols }) });
  }

  /** Only what the AsyncAPI document describes. */
  protected override sendJson(message: JsonMessage): void {
    super.sendJson(message);
  }

  #askStatus(): void {
    this.#texts.status.ask(({ message }) => {
      if (this.signal.aborted) return;
      if (this.queuedBytes > MAX_STATUS_BYTES) {
        this.whenRead(() => this.#askStatus());
        return;
      }
      for (; this.#statuses > 0 && this.queuedBytes <= MAX_STATUS_BYTES; this.#statuses--) this.sendText(message);
      this.#statuses = 0;
    });
  }

  async #subscribe(names: readonly string[], type: RowType): Promise<void> {
    const request = readSubscriptions(names, type);
    await this.hub.subscribe(this.session, request.subscriptions, {
      signal: this.signal,
      beforeRows: (results) => {
        const answer = answerOf(request, results);
        if (answer.symbols.length === 0) throw new AllRejected(answer.rejected);
        this.sendJson({ type: 'ack', action: 'subscribe', data_type: type, ...answer });
      },
    });
    for (const subscription of request.subscriptions) {
      const value = this.hub.findValue(subscription);
      if (!value?.hasRow || value.isLive || !this.session.ticks.has(value)) continue;
      this.#sendRow(ROW_TYPES[value.kind], this.hub.lastRow(value));
    }
  }

  #unsubscribe(names: readonly string[], type: RowType): void {
    const request = readSubscriptions(names, type);
    this.#confirmDropped(request, this.hub.unsubscribe(this.session, request.subscriptions), { data_type: type });
  }

  /** @param text the interval as the client wrote it */
  async #changeBars(
    action: 'subscribe' | 'unsubscribe',
    names: readonly string[],
    text: string | undefined,
  ): Promise<void> {
    if (text === undefined) throw new TickpipeError('BAD_REQUEST', 'interval must be given with Bar, such as 1m');
    const interval = readInterval(text);
    const request = readSubscriptions(names, 'SymbolUpdate');
    const about = { data_type: 'Bar', interval: interval.name } as const;
    const { bars } = this.hub;
    if (action === 'unsubscribe') {
      this.#confirmDropped(request, bars.unsubscribe(this.session, interval, request.subscriptions), about);
      return;
    }
    await bars.subscribe(this.session, interval, request.subscriptions, {
      signal: this.signal,
      beforeRows: (results) => {
        const answer = answerOf(request, results);
        if (answer.symbols.length === 0) throw new AllRejected(answer.rejected);
        this.sendJson({ type: 'ack', action, ...about, ...answer });
      },
    });
  }

  /** Answers with what was dropped; an error when nothing was. */
  #confirmDropped(
    { subscriptions, rejected }: SubscriptionRequest,
    dropped: readonly Subscription[],
    about: { readonly data_type: RowType } | { readonly data_type: 'Bar'; readonly interval: string },
  ): void {
    const gone = new Set(dropped.map(({ symbol }) => symbol));
    const missing = subscriptions.filter(({ symbol }) => !gone.has(symbol));
    const all = [...rejected, ...missing.map(({ symbol }) => ({ symbol, code: 'NOT_FOUND' as const }))];
    if (gone.size === 0) throw new AllRejected(all);
    this.sendJson({ type: 'ack', action: 'unsubscribe', ...about, symbols: [...gone], rejected: all });
  }

  #sendRow(type: RowType, row: string): void {
    this.sendJson({ type, data: JSON.parse(row) } as JsonMessage);
  }

  #sendStatusAfter(message: HubMessage): void {
    let text = statusTexts.get(message);
    if (text === undefined) {
      text = makeStatus(this.hub).message;
      statusTexts.set(message, text);
    }
    this.sendText(text);
  }

  #sendChanged({ added, dropped }: Extract<HubMessage, { type: 'changed' }>): void {
    for (const [action, subscriptions] of [
      ['subscribe', added],
      ['unsubscribe', dropped],
    ] as const) {
      for (const type of new Set(subscriptions.map(([own]) => own))) {
        const changed = subscriptions.filter(([own]) => own === type).map(([, symbol]) => symbol);
        this.sendJson({ type: 'ack', action, data_type: type, symbols: changed, rejected: [] });
      }
    }
  }
}

function describe(error: z.ZodError): string {
  return error.issues[0]?.message ?? 'not a message of this API';
}
