import type { OddScale } from '../hsm/decoder.ts';

/** The warning's words before and after the symbols. */
const WORDS: Record<OddScale, readonly [before: string, after: string]> = {
  no_multiplier: ['the feed sent', 'with a multiplier of 0, which counts as 1: compare its prices with another source'],
  unusable: ['the feed sent', 'with a scale that cannot be used: it has no rows'],
};

/** Reports by symbol, once for each topic, that a scale is not as it should be. */
export class ScaleWarnings {
  readonly #reported = new Set<string>();

  /** The warning; undefined when the topic was reported before, or belongs to no symbol. */
  describe(topic: string, scale: OddScale, symbols: readonly string[]): string | undefined {
    const key = `${scale} ${topic}`;
    if (symbols.length === 0 || this.#reported.has(key)) return undefined;
    this.#reported.add(key);
    const [before, after] = WORDS[scale];
    return `${before} ${symbols.join(', ')} ${after}`;
  }
}
