import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HubMessage, toHubEvent, toHubMessage } from '../../../src/lib/hub/protocol/messages.ts';
import { readHubMessage } from '../../../src/lib/hub/protocol/read-message.ts';
import { HELLO } from '../client/scripted-hub.ts';

const MESSAGES: readonly HubMessage[] = [
  HELLO,
  { ...HELLO, expiresAt: 5, state: { state: 'waiting_for_token', at: 1, code: 'TOKEN_EXPIRED', message: 'over' } },
  {
    type: 'result',
    id: 1,
    results: [
      { status: 'accepted' },
      { status: 'accepted', precision: 4 },
      { status: 'unknown' },
      { status: 'refused', code: 'TOO_MANY_SYMBOLS', message: 'no' },
    ],
  },
  { type: 'listening', id: 2, url: 'http://127.0.0.1:8001' },
  { type: 'error', id: null, code: 'BAD_REQUEST', message: 'm', hint: 'h' },
  { type: 'state', state: { state: 'idle', at: 1 } },
  { type: 'state', state: { state: 'connecting', at: 1, attempt: 3 } },
  { type: 'state', state: { state: 'disconnected', at: 1, reason: 'stalled', detail: 'd', retryAt: 2 } },
  { type: 'state', state: { state: 'closed', at: 1 } },
  { type: 'gap', gap: { from: 1, to: 2, reason: 'clock_jump', symbols: ['NSE:SBIN-EQ'] } },
  { type: 'silent', subscriptions: [['IndexUpdate', 'NSE:NIFTY50-INDEX']] },
  { type: 'refused', subscriptions: [['DepthUpdate', 'NSE:SBIN-EQ']] },
  { type: 'skipped', rows: 7, at: 1 },
  { type: 'changed', added: [['SymbolUpdate', 'NSE:A-EQ']], dropped: [] },
  { type: 'warning', event: 'token', message: 'm' },
  { type: 'failed', code: 'TOKEN_REFUSED', message: 'm', hint: 'h' },
];

describe('readHubMessage', () => {
  it.each(MESSAGES.map((message) => [message.type, message] as const))('reads %s', (_, message) => {
    expect(readHubMessage(JSON.stringify(message))).toEqual(message);
    expect(readHubMessage(JSON.stringify({ ...message, later: true }))).toEqual(message);
  });

  it('takes no message that lacks something, or has it of another kind', () => {
    for (const message of MESSAGES) {
      for (const key of Object.keys(message)) {
        const { [key as 'type']: _, ...rest } = message;
        expect(readHubMessage(JSON.stringify(rest)), `${message.type} without ${key}`).toBeUndefined();
        const wrong = { ...message, [key]: { odd: true } };
        expect(readHubMessage(JSON.stringify(wrong)), `${message.type}, ${key}`).toBeUndefined();
      }
    }
  });

  it('keeps why a feed dropped something', () => {
    const event = { type: 'changed', added: [], dropped: [{ kind: 'symbol', symbol: 'NSE:A-EQ' }], why: 'w' } as const;
    const read = readHubMessage(JSON.stringify(toHubMessage(event)));
    expect(read?.type === 'changed' && toHubEvent(read)).toEqual(event);
  });

  it('keeps an error of a code that this version does not have', () => {
    const message = { type: 'failed', code: 'OF_LATER', message: 'm', hint: 'h' };
    expect(readHubMessage(JSON.stringify(message))).toEqual({ ...message, code: 'HUB_UNAVAILABLE' });
  });

  it.each([
    '',
    '{',
    'null',
    '7',
    '[]',
    '{}',
    '{"type":"other"}',
    '{"type":"gap","gap":{"from":1,"to":2,"reason":"bored","symbols":[]}}',
    '{"type":"result","id":1,"results":[{"status":"accepted","precision":10}]}',
    '{"type":"silent","subscriptions":[["Other","NSE:A-EQ"]]}',
  ])('takes no %j', (text) => {
    expect(readHubMessage(text)).toBeUndefined();
  });

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readHubMessage(text)).toBeUndefined();
      }),
    );
  });
});
