import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../src/lib/hsm/request-parser.ts';
import * as requests from '../../src/lib/hsm/requests.ts';

const channel = fc.integer({ min: 1, max: 30 });
const channels = fc.uniqueArray(channel, { minLength: 1 }).map((list) => list.sort((a, b) => a - b));
const topics = fc.array(fc.stringMatching(/^[ -~]{0,255}$/), { maxLength: 40 });

const FRAMES: readonly Buffer[] = [
  requests.encodeAuth('a1'.repeat(28), 'tickpipe'),
  requests.encodeAck(4_294_967_295),
  requests.encodeSubscribe(['sf|nse_cm|3045', 'if|nse_cm|Nifty 50'], 11),
  requests.encodeUnsubscribe(['dp|nse_cm|3045'], 30),
  requests.encodeSnapshot(['sf|nse_cm|3045', 'if|nse_cm|Nifty 50']),
  requests.encodeMode([1, 11, 30], 'lite'),
  requests.encodePause([2]),
  requests.encodeResume([30]),
  requests.encodePing(),
];

describe('parseRequest', () => {
  it('reads an auth frame', () => {
    expect(parseRequest(requests.encodeAuth('key', 'me'))).toEqual({
      type: 'auth',
      hsmKey: 'key',
      wantsDictionary: true,
      source: 'me',
    });
  });

  it('reads what our encoders write', () => {
    fc.assert(
      fc.property(topics, channel, channels, fc.integer({ min: 0, max: 0xffff_ffff }), (names, one, some, number) => {
        expect(parseRequest(requests.encodeSubscribe(names, one))).toEqual({
          type: 'subscribe',
          topics: names,
          channel: one,
        });
        expect(parseRequest(requests.encodeUnsubscribe(names, one))).toEqual({
          type: 'unsubscribe',
          topics: names,
          channel: one,
        });
        expect(parseRequest(requests.encodeSnapshot(names))).toEqual({ type: 'snapshot', topics: names });
        expect(parseRequest(requests.encodeAck(number))).toEqual({ type: 'ack', messageNumber: number });
        expect(parseRequest(requests.encodeMode(some, 'full'))).toEqual({ type: 'mode', channels: some, mode: 'full' });
        expect(parseRequest(requests.encodeMode(some, 'lite'))).toEqual({ type: 'mode', channels: some, mode: 'lite' });
        expect(parseRequest(requests.encodePause(some))).toEqual({ type: 'pause', channels: some });
        expect(parseRequest(requests.encodeResume(some))).toEqual({ type: 'resume', channels: some });
      }),
    );
    expect(parseRequest(requests.encodePing())).toEqual({ type: 'ping' });
  });

  it('ignores the length prefix, which SDKs leave at 0, and bytes after the last field', () => {
    for (const frame of FRAMES) {
      const changed = Buffer.concat([frame, Buffer.from([1, 2, 3])]);
      changed.writeUInt16BE(0, 0);
      expect(parseRequest(changed)).toEqual(parseRequest(frame));
    }
  });

  it('reads channels from the low word only: an SDK repeats it in the high one', () => {
    const frame = requests.encodePause([3]);
    frame.copy(frame, 7, 11, 15);
    expect(parseRequest(frame)).toEqual({ type: 'pause', channels: [3] });
  });

  it('gives undefined for every truncation of every kind', () => {
    for (const frame of FRAMES) {
      for (let length = 0; length < frame.length; length++) {
        expect(parseRequest(frame.subarray(0, length)), `${frame[2]} cut at ${length}`).toBeUndefined();
      }
    }
  });

  it('gives undefined for fields that are missing, of a wrong size or of an unknown value', () => {
    const mode = requests.encodeMode([11], 'full');
    mode[mode.length - 1] = 0x58;
    expect(parseRequest(mode)).toBeUndefined();
    const list = requests.encodeSubscribe(['sf|a|1'], 11);
    list[8] = 2;
    expect(parseRequest(list)).toBeUndefined();
    expect(parseRequest(Buffer.from([0, 2, 4, 0]))).toBeUndefined();
    expect(parseRequest(Buffer.from([0, 2, 99, 0]))).toBeUndefined();
    expect(parseRequest(Buffer.from([0, 6, 3, 1, 1, 0, 1, 5]))).toBeUndefined();
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 0, max: 13 }), (bytes, type) => {
        const frame = Buffer.from(bytes);
        if (frame.length > 2) frame[2] = type;
        const request = parseRequest(frame);
        if (request !== undefined) expect(typeof request.type).toBe('string');
      }),
      { numRuns: 2_000 },
    );
  });
});
