import { HsmDecoder } from '../../src/lib/hsm/decoder.ts';
import type { HsmTopicState } from '../../src/lib/hsm/topic-table.ts';
import { type DescribeValues, listValues } from './reference-decoder.ts';

/** The decoder with a sink that writes down what it is told, in the reference decoder's words. */
export class LoggingDecoder {
  readonly events: string[] = [];
  readonly decoder: HsmDecoder<never>;

  constructor(describeValues: DescribeValues = listValues) {
    const describe = (what: string, state: HsmTopicState<never>): string => {
      const { topic, values, known, multiplier, precision } = state;
      const shown = describeValues((slot) => (known & (1 << slot) ? values[slot] : undefined));
      return `${what} ${topic} ${multiplier} ${precision} ${shown}`;
    };
    this.decoder = new HsmDecoder<never>({
      control: ({ type, ok }) => this.events.push(`control ${type} ${ok ? 'ok' : 'refused'}`),
      snapshot: (state) => this.events.push(describe('snapshot', state)),
      tick: (state) => this.events.push(describe('tick', state)),
      ackDue: (number) => this.events.push(`ack ${number}`),
      oddScale: (topic, scale) => this.events.push(`scale ${topic} ${scale}`),
    });
  }

  decode(...frames: readonly Buffer[]): this {
    for (const frame of frames) this.decoder.decode(frame, 1);
    return this;
  }

  /** What has been told since the last call. */
  take(): string[] {
    return this.events.splice(0);
  }
}

/** Bytes of hex digits; blanks and what follows `;` on a line are for people. */
export function hex(text: string): Buffer {
  const digits = text.replace(/;.*$/gm, '').replace(/\s+/g, '');
  if (!/^(?:[0-9a-f]{2})*$/.test(digits)) throw new Error(`not hex: ${digits}`);
  return Buffer.from(digits, 'hex');
}
