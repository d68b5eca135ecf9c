import { formatIstTime } from '../../clock/ist.ts';
import { MAX_NUMBER_BYTES, writeInteger } from './digits.ts';
import type { TimeFormat } from './encoder.ts';

/** A power of two. Times repeat: one is formatted once while it stays in its place of the cache. */
const CACHE_SIZE = 256;
/** `+275760-09-13T05:30:00.000+05:30`, the last there is, in quotes. */
export const MAX_TIME_BYTES = 36;

/** Times as the text of epoch numbers or of ISO 8601 in IST. */
export class TimeCache {
  readonly #unitMs: number;
  readonly #format: TimeFormat;
  readonly #quote: (text: string) => string;
  readonly #times = new Float64Array(CACHE_SIZE).fill(Number.NaN);
  readonly #texts: Uint8Array[] = new Array<Uint8Array>(CACHE_SIZE).fill(new Uint8Array(0));

  /** @param unitMs what the times to come count */
  constructor(style: { readonly time: TimeFormat; readonly quote: (text: string) => string }, unitMs: number) {
    this.#format = style.time;
    this.#quote = style.quote;
    this.#unitMs = unitMs;
  }

  text(time: number): Uint8Array {
    const place = time & (CACHE_SIZE - 1);
    if (this.#times[place] !== time) {
      this.#texts[place] = this.#render(time);
      this.#times[place] = time;
    }
    return this.#texts[place] as Uint8Array;
  }

  #render(time: number): Uint8Array {
    if (this.#format === 'iso') return new Uint8Array(Buffer.from(this.#quote(formatIstTime(time * this.#unitMs))));
    const digits = new Uint8Array(MAX_NUMBER_BYTES);
    return digits.slice(0, writeInteger(digits, 0, time));
  }
}
