import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAsyncApi } from '../../../src/lib/hub/documents/asyncapi.ts';
import { parse, SocketUser } from '../core/hub-client.ts';
import { type HubFixture, startHub } from '../core/hub-fixture.ts';
import { ApiUser } from '../server/api-user.ts';
import { API } from './api-description.ts';
import { checkMessage, MESSAGES, nameMessage, RECEIVED, SENT } from './message-description.ts';
import { readJson } from './schema-checker.ts';

const SBIN = 'NSE:SBIN-EQ';
const NIFTY = 'NSE:NIFTY50-INDEX';

/** The messages by hand, so that a change is deliberate. */
const RECEIVED_BY_THE_HUB = ['StatusRequest', 'SubscribeRequest', 'UnsubscribeRequest'];
const SENT_BY_THE_HUB = [
  'Acknowledgement',
  'BarMessage',
  'DepthUpdateMessage',
  'ErrorMessage',
  'GapMessage',
  'IndexUpdateMessage',
  'LiteUpdateMessage',
  'SkippedMessage',
  'StatusMessage',
  'SymbolUpdateMessage',
];

describe('the AsyncAPI document', () => {
  it('is valid by the official schema, and of this program', () => {
    const ajv = new Ajv({ strict: false });
    formats.default(ajv);
    const validate = ajv.compile(specs.schemasWithoutId['3.0.0'] as object);
    expect([validate(createAsyncApi('1.2.3')), validate.errors]).toEqual([true, null]);
    expect(validate({ ...createAsyncApi('1.2.3'), channels: { stream: { messages: 5 } } })).toBe(false);
    expect(MESSAGES).toMatchObject({ asyncapi: '3.0.0', info: { title: 'tickpipe hub', version: '1.2.3' } });
  });

  it('is docs/asyncapi.json, as npm run docs writes it', async () => {
    const [about, page] = await Promise.all(['package.json', 'docs/asyncapi.json'].map(readJson));
    expect(page).toEqual(createAsyncApi(about?.['version'] as string));
  });

  it('has these messages, all of them in an operation, and references that lead somewhere', () => {
    expect(RECEIVED.toSorted()).toEqual(RECEIVED_BY_THE_HUB);
    expect(SENT.toSorted()).toEqual(SENT_BY_THE_HUB);
    expect(Object.keys(MESSAGES.components.messages).sort()).toEqual([...RECEIVED, ...SENT].sort());
    const references = [...JSON.stringify(MESSAGES).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path]) => path as string,
    );
    expect(references.length).toBeGreaterThan(20);
    for (const path of references) {
      const target = path.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], MESSAGES);
      expect(target, path).toBeTypeOf('object');
    }
  });

  it('has an example of each message, which is that message and no other', () => {
    for (const [name, { summary, examples }] of Object.entries(MESSAGES.components.messages)) {
      expect(summary, name).toMatch(/^[A-Z].+\.$/);
      expect(examples, name).toHaveLength(1);
      for (const { payload } of examples) {
        expect(checkMessage(name, payload), name).toEqual([]);
        if (SENT.includes(name)) expect(nameMessage(payload)).toBe(name);
      }
    }
  });

  it('shares its schemas with the OpenAPI document', () => {
    for (const [name, schema] of Object.entries(MESSAGES.components.schemas)) {
      const other = API.components.schemas[name];
      if (name === 'Row' || other === undefined) continue;
      expect(schema, name).toEqual(other);
    }
    expect(MESSAGES.components.schemas['SymbolUpdate']).toBeDefined();
  });
});

describe('a hub', () => {
  let hub: HubFixture;
  let socket: SocketUser;

  beforeEach(async () => {
    hub = await startHub();
    socket = await SocketUser.connect(hub);
  });
  afterEach(() => hub.close());

  it('serves the document', async () => {
    expect(parse(await new ApiUser(hub).get('/api/asyncapi.json'))).toEqual(MESSAGES);
  });

  it('sends each message of the document, and no other', async () => {
    const names = new Set<string>();
    // Before the socket's own listener, which keeps only the messages that are waited for.
    socket.socket.on('message', (data) => names.add(nameMessage(JSON.parse(String(data)))));
    await socket.subscribe([SBIN, 'junk']);
    await socket.next('SymbolUpdate');
    await socket.subscribe([SBIN], 'DepthUpdate');
    await socket.next('DepthUpdate');
    await socket.subscribe([SBIN], 'LiteUpdate');
    await socket.next('LiteUpdate');
    await socket.subscribe([NIFTY]);
    await socket.next('IndexUpdate');
    await socket.ask({ action: 'subscribe', symbols: [SBIN], data_type: 'Bar', interval: '1t' }, 'ack');
    for (let trades = 0; trades < 20; trades++) hub.simulator.tick(SBIN);
    await socket.next('Bar');
    await socket.ask({ action: 'get_status' }, 'status');
    await socket.ask('not JSON', 'error');
    hub.simulator.inject({ name: 'drop' });
    await socket.next('Gap');
    const [session] = hub.hub.sessions();
    session?.client.send({ type: 'skipped', rows: 3, at: Date.now() });
    await socket.next('Skipped');
    expect([...names].sort()).toEqual(SENT_BY_THE_HUB);
  });

  const subscribe = { action: 'subscribe', symbols: [SBIN], data_type: 'SymbolUpdate' };
  it.each<[string, unknown, boolean]>([
    ['a subscription', subscribe, true],
    ['a subscription of bars', { ...subscribe, data_type: 'Bar', interval: '1m' }, true],
    ['a subscription with another key', { ...subscribe, id: 5 }, true],
    ['an unknown action', { ...subscribe, action: 'sell' }, false],
    ['no symbols', { action: 'subscribe', data_type: 'SymbolUpdate' }, false],
    ['an empty list', { ...subscribe, symbols: [] }, false],
    ['a text for a list', { ...subscribe, symbols: SBIN }, false],
    ['a number for a symbol', { ...subscribe, symbols: [5] }, false],
    ['a symbol without end', { ...subscribe, symbols: [`NSE:${'A'.repeat(97)}`] }, false],
    ['too many symbols', { ...subscribe, symbols: Array(5_001).fill(SBIN) }, false],
    ['a long interval', { ...subscribe, data_type: 'Bar', interval: '1'.repeat(17) }, false],
    ['an unknown type', { ...subscribe, data_type: 'Ticks' }, false],
    ['a list', [], false],
  ])('takes %s exactly when the document does', async (_, request, isTaken) => {
    // The document allows keys that it does not describe, as the hub does; the checker of these tests does not.
    const { id: _id, ...described } = request as Record<string, unknown>;
    const isDescribed = RECEIVED.some(
      (name) => checkMessage(name, Array.isArray(request) ? request : described).length === 0,
    );
    expect(isDescribed).toBe(isTaken);
    socket.say(JSON.stringify(request));
    const answer = await (isTaken ? socket.next('ack') : socket.next('error'));
    if (!isTaken) expect(answer.code).toBe('BAD_REQUEST');
  });
});
