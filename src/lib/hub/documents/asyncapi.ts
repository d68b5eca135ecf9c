import type { z } from 'zod';
import { SAMPLE_ROWS } from '../../market/sample-rows.ts';
import { BAR } from '../../output/records/bar-record.ts';
import { PARTS } from '../protocol/answers.ts';
import { JSON_MESSAGES } from '../protocol/json-messages.ts';
import { JSON_REQUESTS } from '../protocol/json-requests.ts';
import { STREAM_PATH } from '../protocol/messages.ts';
import { createSchemas, type Json } from './components.ts';
import { ERROR_EXAMPLES } from './errors.ts';
import { EXAMPLES } from './examples.ts';

const DESCRIPTION = `The WebSocket of a tickpipe hub. Each connection is one client with subscriptions of its own; they end with the connection.

All messages are JSON texts. The hub answers messages in their order; only a status does not wait for the answers before it. A mistake is
answered with an error, and the connection stays open. A message of more than 1 MiB closes it with 1009. A client that reads too slowly gets
\`Skipped\` and then the latest row of each symbol. The hub sends a ping every 30 s; a client that answers none for 5 minutes is disconnected.

With the subprotocol of tickpipe's own commands the messages are others, which change between versions. Do not ask for a subprotocol.`;

interface Message {
  /** The name of the message and of its payload's schema. */
  readonly name: string;
  readonly summary: string;
  readonly schema: z.ZodType;
  readonly example: unknown;
}

const symbols = ['NSE:SBIN-EQ', 'NSE:NOPE-EQ'];
const row = (name: keyof typeof SAMPLE_ROWS): unknown => JSON.parse(SAMPLE_ROWS[name]);
const rowExample = (type: keyof typeof SAMPLE_ROWS): unknown => ({ type, data: row(type) });

/** What a client sends. */
const RECEIVED: Readonly<Record<keyof typeof JSON_REQUESTS, Message>> = {
  subscribe: {
    name: 'SubscribeRequest',
    summary: 'Adds symbols to the subscriptions of this connection.',
    schema: JSON_REQUESTS.subscribe,
    example: { action: 'subscribe', symbols, data_type: 'SymbolUpdate' },
  },
  unsubscribe: {
    name: 'UnsubscribeRequest',
    summary: 'Drops symbols from the subscriptions of this connection.',
    schema: JSON_REQUESTS.unsubscribe,
    example: { action: 'unsubscribe', symbols: ['NSE:SBIN-EQ'], data_type: 'SymbolUpdate' },
  },
  getStatus: {
    name: 'StatusRequest',
    summary: 'Asks for the status.',
    schema: JSON_REQUESTS.getStatus,
    example: { action: 'get_status' },
  },
};

/** What the hub sends. */
const SENT: Readonly<Record<keyof typeof JSON_MESSAGES, Message>> = {
  symbolUpdate: {
    name: 'SymbolUpdateMessage',
    summary: 'A quote of a subscribed symbol.',
    schema: JSON_MESSAGES.symbolUpdate,
    example: rowExample('SymbolUpdate'),
  },
  indexUpdate: {
    name: 'IndexUpdateMessage',
    summary: 'The value of a subscribed index.',
    schema: JSON_MESSAGES.indexUpdate,
    example: rowExample('IndexUpdate'),
  },
  depthUpdate: {
    name: 'DepthUpdateMessage',
    summary: 'The order book of a subscribed symbol.',
    schema: JSON_MESSAGES.depthUpdate,
    example: rowExample('DepthUpdate'),
  },
  liteUpdate: {
    name: 'LiteUpdateMessage',
    summary: 'The last traded price of a subscribed symbol.',
    schema: JSON_MESSAGES.liteUpdate,
    example: rowExample('LiteUpdate'),
  },
  bar: {
    name: 'BarMessage',
    summary: 'A bar of a subscribed symbol and interval has ended.',
    schema: JSON_MESSAGES.bar,
    example: { type: 'Bar', data: { type: 'Bar', ...BAR.sample } },
  },
  acknowledgement: {
    name: 'Acknowledgement',
    summary:
      'Symbols were subscribed or unsubscribed: the answer to a request, or a change that the owner of the hub made. It comes before the first row.',
    schema: JSON_MESSAGES.acknowledgement,
    example: {
      type: 'ack',
      action: 'subscribe',
      data_type: 'SymbolUpdate',
      symbols: ['NSE:SBIN-EQ'],
      rejected: [{ symbol: 'NSE:NOPE-EQ', code: 'UNKNOWN_SYMBOL' }],
    },
  },
  status: {
    name: 'StatusMessage',
    summary: 'The status of the hub: asked for, or because the connection of the feed has changed.',
    schema: JSON_MESSAGES.status,
    example: { type: 'status', data: EXAMPLES.getConnectionStatus.data },
  },
  gap: {
    name: 'GapMessage',
    summary: 'No data came for a while; it comes again now.',
    schema: JSON_MESSAGES.gap,
    example: row('Gap'),
  },
  skipped: {
    name: 'SkippedMessage',
    summary: 'This client read too slowly: so many rows were left out. The latest row of each symbol follows.',
    schema: JSON_MESSAGES.skipped,
    example: row('Skipped'),
  },
  error: {
    name: 'ErrorMessage',
    summary: 'A request could not be carried out, the feed refused symbols, or the feed has given up.',
    schema: JSON_MESSAGES.error,
    example: { type: 'error', code: 'MALFORMED_SYMBOL', ...ERROR_EXAMPLES.MALFORMED_SYMBOL },
  },
};

type SentName = keyof typeof SENT;

/** The operations of the hub: what it receives, with the answers, and what it sends by itself. */
const CHANNEL_OPERATIONS: Readonly<
  Record<string, { summary: string; receives?: keyof typeof RECEIVED; sends: readonly SentName[] }>
> = {
  subscribe: { summary: 'Subscribe symbols.', receives: 'subscribe', sends: ['acknowledgement', 'error'] },
  unsubscribe: { summary: 'Unsubscribe symbols.', receives: 'unsubscribe', sends: ['acknowledgement', 'error'] },
  getStatus: { summary: 'Get the status.', receives: 'getStatus', sends: ['status', 'error'] },
  sendRows: {
    summary: 'Rows of the subscribed symbols.',
    sends: ['symbolUpdate', 'indexUpdate', 'depthUpdate', 'liteUpdate', 'bar'],
  },
  reportStatus: { summary: 'The connection of the feed has changed.', sends: ['status'] },
  reportChange: { summary: 'The owner of the hub changed the subscriptions.', sends: ['acknowledgement'] },
  reportLoss: { summary: 'Rows are missing.', sends: ['gap', 'skipped'] },
  reportError: { summary: 'The feed refused symbols, or has given up.', sends: ['error'] },
};

/** The messages of the WebSocket as AsyncAPI 3, made from the schemas with which the hub checks them and from those of its own. */
export function createAsyncApi(version: string): Json {
  const messages: [string, Message][] = Object.entries({ ...RECEIVED, ...SENT });
  const refTo = (key: string): Json => ({ $ref: `#/channels/stream/messages/${key}` });
  const channel = { $ref: '#/channels/stream' };
  return {
    asyncapi: '3.0.0',
    info: { title: 'tickpipe hub', version, description: DESCRIPTION, license: { name: 'MIT' } },
    defaultContentType: 'application/json',
    servers: {
      local: {
        host: '{host}:{port}',
        protocol: 'ws',
        description: 'A hub that `tickpipe serve` runs at a loopback address.',
        variables: { host: { default: '127.0.0.1' }, port: { default: '8001' } },
      },
      remote: {
        host: '{host}:{port}',
        protocol: 'ws',
        description: 'A hub at any other address, which wants its bearer token.',
        variables: { host: { description: 'The name or address of the machine.' }, port: { default: '8001' } },
        security: [{ $ref: '#/components/securitySchemes/bearerToken' }],
      },
    },
    channels: {
      stream: {
        address: STREAM_PATH,
        title: 'The WebSocket',
        description: 'Requests of one client, and what the hub sends to it.',
        messages: Object.fromEntries(
          messages.map(([key, { name }]) => [key, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      },
    },
    operations: Object.fromEntries(
      Object.entries(CHANNEL_OPERATIONS).map(([id, { summary, receives, sends }]) => [
        id,
        receives === undefined
          ? { action: 'send', summary, channel, messages: sends.map(refTo) }
          : {
              action: 'receive',
              summary,
              channel,
              messages: [refTo(receives)],
              reply: { channel, messages: sends.map(refTo) },
            },
      ]),
    ),
    components: {
      messages: Object.fromEntries(
        messages.map(([, { name, summary, example }]) => [
          name,
          {
            name,
            summary,
            contentType: 'application/json',
            payload: { $ref: `#/components/schemas/${name}` },
            examples: [{ payload: example }],
          },
        ]),
      ),
      schemas: createSchemas({
        ...PARTS,
        ...Object.fromEntries(messages.map(([, { name, schema }]) => [name, schema])),
      }),
      securitySchemes: {
        bearerToken: { type: 'http', scheme: 'bearer', description: 'The token in the file of `--hub-token-file`.' },
      },
    },
  };
}
