import { expect } from 'vitest';
import { DataFrameWriter } from '../../src/lib/hsm/data-frame.ts';
import { encodeAuthAccepted } from '../../src/lib/hsm/responses.ts';
import { NO_VALUE } from '../../src/lib/hsm/wire.ts';
import { seededRandom } from '../support/random.ts';
import { LoggingDecoder } from './event-log.ts';
import { hashValues, ReferenceDecoder } from './reference-decoder.ts';

const TOPICS = ['sf|nse_cm|3045', 'if|nse_cm|Nifty 50', 'dp|nse_cm|3045', 'sf|cde_fo|1'];
const FIELDS = [21, 8, 30, 21];

const writer = new DataFrameWriter(64 * 1024);

function frame(messageNumber: number | undefined, write: () => void): Buffer {
  writer.begin(messageNumber);
  write();
  return Buffer.from(writer.finish());
}

function snapshot(topic: number, base: number): void {
  const values = Int32Array.from({ length: FIELDS[topic] ?? 0 }, (_, slot) =>
    slot % 7 === 6 ? NO_VALUE : base + slot,
  );
  const names = { topic: TOPICS[topic] ?? '', exchange: 'NSE', exchangeToken: '1', tradingSymbol: 'X-EQ' };
  writer.snapshot(topic + 1, values, { ...names, multiplier: topic === 3 ? 100 : 1, precision: topic === 3 ? 4 : 2 });
}

function update(topic: number, base: number): void {
  const sent = new Int32Array(FIELDS[topic] ?? 0).fill(NO_VALUE);
  const values = Int32Array.from(sent, (_, slot) => (slot % 3 === 0 ? base + slot : NO_VALUE));
  writer.update(topic + 1, values, sent);
}

function lite(topic: number, price: number): void {
  writer.lite(topic + 1, Int32Array.of(price), Int32Array.of(0), 1);
}

/** A session's frames: a good one of each kind. */
function session(numbered: boolean): Buffer[] {
  let number = 0;
  const next = (): number | undefined => (numbered ? ++number : undefined);
  return [
    frame(next(), () => [0, 1, 2, 3].forEach((topic) => void snapshot(topic, 60_000))),
    frame(next(), () => [0, 1, 2, 3].forEach((topic) => void update(topic, 61_000))),
    frame(next(), () => [lite(0, 62_000), lite(1, 62_001), update(2, 62_100)]),
    frame(next(), () => [snapshot(0, 63_000), update(0, 63_500)]),
  ];
}

type Mutate = (bytes: Buffer, other: Buffer, random: (below: number) => number) => Buffer;

const MUTATORS: readonly Mutate[] = [
  (bytes, _other, random) => flip(bytes, random, 1),
  (bytes, _other, random) => flip(bytes, random, 4),
  (bytes, _other, random) => bytes.subarray(0, random(bytes.length + 1)),
  (bytes, other, random) =>
    Buffer.concat([bytes.subarray(0, random(bytes.length)), other.subarray(random(other.length))]),
  (bytes, _other, random) => {
    const at = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + random(8)))]);
  },
  (bytes, _other, random) => {
    const copy = Buffer.from(bytes);
    copy[random(copy.length)] = [0, 1, 0x7f, 0x80, 0xff][random(5)] as number;
    return copy;
  },
];

function flip(bytes: Buffer, random: (below: number) => number, count: number): Buffer {
  const copy = Buffer.from(bytes);
  for (let left = count; left > 0; left--) copy[random(copy.length)] = random(256);
  return copy;
}

/** Both decoders must give the same events for these frames. */
function expectAgreement(ackEvery: number, frames: readonly Buffer[]): void {
  const log = new LoggingDecoder(hashValues).decode(encodeAuthAccepted(ackEvery));
  log.take();
  const reference = new ReferenceDecoder(ackEvery, hashValues);
  for (const bytes of frames) {
    log.decode(bytes);
    // Whatever a mutation has made of it, it may not pass for an answer that resets the connection.
    reference.data(bytes);
  }
  const given = log.events.filter((event) => !event.startsWith('control'));
  if (given.length === reference.events.length && given.every((event, at) => event === reference.events[at])) return;
  expect({ frames: frames.map((bytes) => bytes.toString('hex')), given }).toMatchObject({ given: reference.events });
}

/** A mutated type byte can make an answer to auth of a data frame; that is tested elsewhere. */
function isData(bytes: Buffer): boolean {
  return bytes.length < 3 || bytes[2] === 6;
}

/** Mutates a session's frames at random; both decoders must give the same events for each. Returns how many were compared. */
export function compareMutations(count: number, seed: number, ackEvery: number): number {
  const chance = seededRandom(seed);
  const random = (below: number): number => Math.floor(chance() * below);
  const frames = session(ackEvery > 0);
  let compared = 0;
  while (compared < count) {
    const victim = random(frames.length);
    const mutate = MUTATORS[random(MUTATORS.length)] as Mutate;
    const mutated = mutate(frames[victim] as Buffer, frames[random(frames.length)] as Buffer, random);
    const bytes = isData(mutated)
      ? mutated
      : Buffer.concat([mutated.subarray(0, 2), Buffer.from([6]), mutated.subarray(3)]);
    expectAgreement(ackEvery, [frames[0] as Buffer, bytes, frames[1] as Buffer, frames[2] as Buffer]);
    compared++;
  }
  return compared;
}
