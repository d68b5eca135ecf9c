import { describe, expect, it } from 'vitest';
import { parseControlResponse } from '../../src/lib/hsm/control.ts';
import { encodeAuthAccepted, encodeFields, encodeStatus } from '../../src/lib/hsm/responses.ts';
import { fieldDictionaryJson } from '../../src/lib/simulator/field-dictionary.ts';

describe('control responses', () => {
  it('writes a status as the live server does', () => {
    expect([...encodeStatus('subscribe', true)]).toEqual([0, 6, 4, 1, 1, 0, 1, 0x4b]);
    expect([...encodeStatus('mode', false)]).toEqual([0, 6, 12, 1, 1, 0, 1, 0x4e]);
  });

  it('is read back by the client, for every type', () => {
    for (const type of ['auth', 'subscribe', 'unsubscribe', 'pause', 'resume', 'snapshot', 'mode'] as const) {
      for (const ok of [true, false]) expect(parseControlResponse(encodeStatus(type, ok))).toMatchObject({ type, ok });
    }
  });

  it('has the ack period in two bytes, and the dictionary', () => {
    const frame = encodeAuthAccepted(500, fieldDictionaryJson());
    expect([...frame.subarray(2, 13)]).toEqual([1, 3, 1, 0, 1, 0x4b, 2, 0, 2, 1, 244]);
    expect(parseControlResponse(frame)).toMatchObject({ ok: true, ackEvery: 500, dictionaryValid: true });
    expect(parseControlResponse(encodeAuthAccepted(0))).toMatchObject({ ok: true, ackEvery: 0, dictionaryValid: true });
  });

  it('refuses what does not fit', () => {
    expect(() => encodeAuthAccepted(70_000)).toThrow(RangeError);
    expect(() => encodeAuthAccepted(1, 'x'.repeat(70_000))).toThrow(RangeError);
  });

  it('wraps the length prefix', () => {
    const frame = encodeFields(1, [Buffer.alloc(60_000), Buffer.alloc(60_000)]);
    expect(frame.readUInt16BE(0)).toBe((frame.length - 2) & 0xffff);
    expect(frame.length).toBeGreaterThan(0xffff);
  });
});
