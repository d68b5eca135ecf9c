import { describe, expect, it } from 'vitest';
import {
  encodeAck,
  encodeAuth,
  encodeMode,
  encodePause,
  encodePing,
  encodeResume,
  encodeSnapshot,
  encodeSubscribe,
  encodeUnsubscribe,
} from '../../src/lib/hsm/requests.ts';
import { hex } from './event-log.ts';

describe('requests as they go over the wire', () => {
  it.each([
    [
      'auth',
      encodeAuth('ab12', 'tickpipe'),
      '001c 01 04 01 0004 61623132 02 0001 50 03 0001 01 04 0008 7469636b70697065',
    ],
    ['ack', encodeAck(0xdeadbeef), '0009 03 01 01 0004 deadbeef'],
    ['subscribe', encodeSubscribe(['sf|a|1', 'x'], 11), '0014 04 02 01 000b 0002 06 73667c617c31 01 78 02 0001 0b'],
    ['unsubscribe', encodeUnsubscribe(['x'], 30), '000d 05 02 01 0004 0001 01 78 02 0001 1e'],
    ['snapshot', encodeSnapshot(['sf|a|1', 'x']), '0010 09 01 01 000b 0002 06 73667c617c31 01 78'],
    ['mode full', encodeMode([11], 'full'), '0011 0c 02 01 0008 0000000000000800 02 0001 46'],
    ['mode lite', encodeMode([1, 12, 30], 'lite'), '0011 0c 02 01 0008 0000000040001002 02 0001 4c'],
    ['pause', encodePause([1]), '000d 07 01 01 0008 0000000000000002'],
    ['resume', encodeResume([2]), '000d 08 01 01 0008 0000000000000004'],
    ['ping', encodePing(), '0001 0b'],
  ])('%s', (_name, frame, bytes) => {
    expect(frame.toString('hex')).toBe(hex(bytes).toString('hex'));
  });

  it('carry 1,500 topics and no more', () => {
    const topics = Array.from({ length: 1_501 }, (_, n) => `sf|nse_cm|${n}`);
    expect(encodeSubscribe(topics.slice(0, 1_500), 11).readUInt16BE(7)).toBe(1_500);
    expect(() => encodeSubscribe(topics, 11)).toThrow(RangeError);
    expect(() => encodeSubscribe(['x'.repeat(256)], 11)).toThrow(RangeError);
  });

  it('refuse a list whose length does not fit its field: a server would read other topics', () => {
    const topics = (length: number): string[] => Array.from({ length: 1_500 }, () => 'x'.repeat(length));
    expect(encodeSubscribe(topics(42), 11).readUInt16BE(5)).toBe(2 + 1_500 * 43);
    expect(() => encodeSubscribe(topics(43), 11)).toThrow(RangeError);
    expect(() => encodeAuth('k'.repeat(65_536), 'x')).toThrow(RangeError);
  });

  it.each([0, 31, 1.5, -1])('refuse channel %d', (channel) => {
    expect(() => encodeSubscribe(['x'], channel)).toThrow(RangeError);
    expect(() => encodeMode([channel], 'full')).toThrow(RangeError);
  });
});
