import { describe, expect, it } from 'vitest';
import { hex, LoggingDecoder } from './event-log.ts';
import {
  AUTH_ACK_2,
  AUTH_NO_ACK,
  authWithDictionary,
  LITE_NIFTY,
  numbered,
  plain,
  SNAPSHOT_NIFTY,
  SNAPSHOT_SBIN,
  started,
  UPDATE_SBIN,
} from './hand-written.ts';
import { ReferenceDecoder } from './reference-decoder.ts';

function numberedThird(count: number, packets: string): Buffer {
  return numbered(3, count, packets);
}

describe('every message cut at every byte', () => {
  const frames: readonly (readonly [string, Buffer])[] = [
    ['snapshots', numbered(2, 2, `${SNAPSHOT_SBIN}\n${SNAPSHOT_NIFTY}`)],
    ['updates', numbered(2, 3, `${UPDATE_SBIN}\n${LITE_NIFTY}\n55 0008 01 00000001`)],
    ['a rescaled snapshot', numbered(2, 1, SNAPSHOT_SBIN.replace('0001 02', '0064 04'))],
    ['auth', AUTH_ACK_2],
    ['auth refused', hex('0006 01 01 01 0001 4e')],
    ['auth with a dictionary', authWithDictionary({})],
    ['subscribe', hex('0006 04 01 01 0001 4b')],
    ['unsubscribe', hex('0006 05 01 01 0001 4b')],
    ['pause', hex('0006 07 01 01 0001 4b')],
    ['resume', hex('0006 08 01 01 0001 4b')],
    ['mode refused', hex('0006 0c 01 01 0001 4e')],
  ];

  it.each(frames)('%s: whole packets before the cut count, nothing after it, and nothing throws', (_name, frame) => {
    const first = numbered(1, 2, `${SNAPSHOT_SBIN}\n${SNAPSHOT_NIFTY}`);
    for (let length = 0; length < frame.length; length++) {
      const cut = Buffer.from(frame.subarray(0, length));
      const log = started(first);
      const reference = new ReferenceDecoder(2);
      reference.data(first);
      reference.events.length = 0;
      reference.data(cut);
      expect(log.decode(cut).take()).toEqual(reference.events);
    }
  });

  it('without acks: a cut frame fits no reading, and the one that held before is kept', () => {
    for (const make of [numberedThird, plain]) {
      const first = make(2, `${SNAPSHOT_SBIN}\n${SNAPSHOT_NIFTY}`);
      const frame = make(3, `${UPDATE_SBIN}\n${LITE_NIFTY}\n${SNAPSHOT_SBIN}`);
      for (let length = 0; length <= frame.length; length++) {
        const cut = Buffer.from(frame.subarray(0, length));
        const log = new LoggingDecoder().decode(AUTH_NO_ACK, first, cut);
        const reference = new ReferenceDecoder(0);
        reference.data(first);
        reference.data(cut);
        expect(log.take().slice(1)).toEqual(reference.events);
      }
    }
  });

  it.each([
    ['auth', 1],
    ['subscribe', 4],
    ['unsubscribe', 5],
    ['pause', 7],
    ['resume', 8],
    ['mode', 12],
  ])('%s: whole, it is told with its status', (name, type) => {
    const answer = (status: string): Buffer =>
      Buffer.concat([hex('0006'), Buffer.from([type]), hex(`01 01 0001 ${status}`)]);
    expect(new LoggingDecoder().decode(answer('4b'), answer('4e')).take()).toEqual([
      `control ${name} ok`,
      `control ${name} refused`,
    ]);
  });
});
