import { PACKET } from '../hsm/wire.ts';
import type { SeededRandom } from './random.ts';

/** Every so many data frames one is disturbed. */
export const DISTURB_EVERY = 5;
const UNKNOWN_PACKET_KIND = 0x5a;
const UNKNOWN_FRAME_TYPE = 13;
/** A topic id that is never given out: ids begin at 1. */
const UNBOUND_ID = 0;

/** Frames that a client must survive without a wrong tick. What a cut frame still holds has been sent whole before. */
export function garbledFrames(frame: Buffer, random: SeededRandom): Buffer[] {
  const noise = Buffer.from(Array.from({ length: 1 + random.below(60) }, () => random.below(256)));
  if (noise.length > 2) noise[2] = 0xf0;
  return [
    Buffer.from(frame.subarray(0, random.below(frame.length))),
    noise,
    Buffer.alloc(random.below(3)),
    Buffer.from([0, 6, 1, 200, 1, 0xff, 0xff, 0x4b]),
  ];
}

/** A frame of a type that is seen live and described nowhere. */
export function unknownFrame(random: SeededRandom): Buffer {
  return Buffer.from([0, 5, UNKNOWN_FRAME_TYPE, 1, random.below(256), random.below(256), random.below(256)]);
}

/** An update for a topic that no snapshot has named, which can be skipped, and a packet of an unknown kind, which cannot. */
export const STRANGE_PACKETS: readonly Buffer[] = [
  Buffer.from([PACKET.update, 0, UNBOUND_ID, 2, 0, 0, 0, 1, 0, 0, 0, 2]),
  Buffer.from([UNKNOWN_PACKET_KIND, 1, 2, 3]),
];
