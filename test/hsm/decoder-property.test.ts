import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoggingDecoder } from './event-log.ts';
import { listValues, ReferenceDecoder } from './reference-decoder.ts';

/*
 * Whole sessions made up by chance: any order of fields, any length of lite packets, ids bound anew, lying counts. Bytes are
 * built here, from docs/protocol.md and not by our encoders, and the reference decoder says what they mean.
 */

const NO_VALUE = -2147483648;
const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, n) => first + n);
/** Field ids by slot, from docs/protocol.md. */
const IDS: Readonly<Record<string, readonly string[]>> = {
  sf: [105, 104, 103, 102, 111, 112, 109, 110, 106, 107, 108, 113, 122, 114, 115, 118, 119, 116, 117, 120, 121].map(
    (id) => `s${id}`,
  ),
  if: range(102, 8).map((id) => `i${id}`),
  dp: range(102, 30).map((id) => `d${id}`),
};

type Packet = { readonly id: number; readonly values: readonly number[] } & (
  | { readonly kind: 'U' | 'L' }
  | { readonly kind: 'S'; readonly topic: string; readonly multiplier: number; readonly precision: number }
);

const u16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];
const i32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
const text = (name: string): number[] => [name.length, ...Buffer.from(name, 'latin1')];

function bytesOf(packet: Packet): number[] {
  const { kind, id, values } = packet;
  const head = [kind.charCodeAt(0), ...u16(id)];
  const raw = values.flatMap(i32);
  if (packet.kind !== 'S') return kind === 'L' ? [...head, ...raw] : [...head, values.length, ...raw];
  const scale = [0, 0, ...u16(packet.multiplier), packet.precision];
  const names = [...text('NSE'), ...text(''), ...text('X-EQ')];
  return [...head, ...text(packet.topic), values.length, ...raw, ...scale, ...names];
}

const id = fc.constantFrom(0, 1, 255, 256, 40_000, 65_535);
const value = fc.oneof(fc.constant(NO_VALUE), fc.integer({ min: 0, max: 3 }), fc.integer());
const values = fc.array(value, { maxLength: 40 });
const packet: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({
    kind: fc.constant('S' as const),
    id,
    values,
    topic: fc.constantFrom('sf|nse_cm|1', 'sf|nse_fo|2', 'if|nse_cm|Nifty 50', 'dp|nse_cm|1', 'zz|nse_cm|1', ''),
    multiplier: fc.constantFrom(0, 1, 3, 100, 65_535),
    precision: fc.constantFrom(0, 2, 4, 9, 10, 255),
  }),
  fc.record({ kind: fc.constant('U' as const), id, values }),
  fc.record({ kind: fc.constant('L' as const), id, values: fc.array(value, { maxLength: 3 }) }),
);
const frame = fc.record({
  packets: fc.array(packet, { maxLength: 8 }),
  /** How far the packet count is off. Mostly true. */
  lie: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(-1, 1) }),
});
/** An order of one kind: its ids in any order, some left out, some that nobody knows. */
const order = (kind: string): fc.Arbitrary<string[]> =>
  fc.shuffledSubarray([...(IDS[kind] ?? []), 'x1', `${kind[0]}999`, 'f101'], { minLength: 4 });
const session = fc.record({
  numbered: fc.boolean(),
  ackEvery: fc.integer({ min: 0, max: 3 }),
  dictionary: fc.option(
    fc.record({
      scrip: order('sf'),
      index: order('if'),
      depth: order('dp'),
      scrip_lite: fc.record({ hfid: fc.integer({ min: 0, max: 2 }) }),
      index_lite: fc.record({ hfid: fc.integer({ min: 0, max: 2 }) }),
    }),
    { nil: undefined },
  ),
  frames: fc.array(frame, { maxLength: 8 }),
});
type Session = typeof session extends fc.Arbitrary<infer T> ? T : never;

function authOf({ ackEvery, dictionary }: Session): Buffer {
  const json = dictionary === undefined ? [] : [...Buffer.from(JSON.stringify(dictionary))];
  const fields = [1, 0, 1, 0x4b, 2, 0, 2, ...u16(ackEvery)];
  if (dictionary !== undefined) fields.push(3, ...u16(json.length), ...json);
  return Buffer.from([0, 0, 1, dictionary === undefined ? 2 : 3, ...fields]);
}

function framesOf({ frames, ackEvery, numbered }: Session): Buffer[] {
  return frames.map(({ packets, lie }, position) => {
    const number = numbered || ackEvery > 0 ? i32(position + 1) : [];
    const count = u16(Math.max(0, packets.length + lie));
    return Buffer.from([0, 0, 6, ...number, ...count, ...packets.flatMap(bytesOf)]);
  });
}

function referenceOf({ ackEvery, dictionary }: Session): ReferenceDecoder {
  if (dictionary === undefined) return new ReferenceDecoder(ackEvery);
  const slotsOf = (kind: string, ids: readonly string[]): (number | undefined)[] =>
    ids.map((fid) => IDS[kind]?.indexOf(fid)).map((slot) => (slot === -1 ? undefined : slot));
  return new ReferenceDecoder(ackEvery, listValues, {
    slots: {
      sf: slotsOf('sf', dictionary.scrip),
      if: slotsOf('if', dictionary.index),
      dp: slotsOf('dp', dictionary.depth),
    },
    lite: { sf: dictionary.scrip_lite.hfid, if: dictionary.index_lite.hfid },
  });
}

describe('any session', () => {
  it('gives what a plain second decoder gives, in order, under any dictionary', () => {
    let told = 0;
    fc.assert(
      fc.property(session, (given) => {
        const log = new LoggingDecoder().decode(authOf(given));
        expect(log.take()).toEqual(['control auth ok']);
        const reference = referenceOf(given);
        for (const bytes of framesOf(given)) {
          log.decode(bytes);
          reference.data(bytes);
        }
        expect(log.events).toEqual(reference.events);
        told += log.events.length;
      }),
      { numRuns: 1_500, seed: 20_261_123 },
    );
    // That the sessions are worth something: most packets lead to something told.
    expect(told).toBeGreaterThan(3_000);
  });
});
