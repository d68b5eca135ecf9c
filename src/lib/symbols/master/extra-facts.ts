import { JsonEntries } from './json-entries.ts';
import type { ExtraFacts } from './master-file-builder.ts';

/** `tradeStatus` of an instrument that may be traded. */
const ACTIVE = 1;

/** Reads of a `NAME_sym_master.json`, as it comes, what the CSV lacks: the lot, and whether an instrument may be traded. */
export class ExtraFactsParser {
  readonly #facts = new Map<string, ExtraFacts>();
  readonly #entries = new JsonEntries((symbol, value) => {
    if (typeof value !== 'object' || value === null) return;
    const entry = value as Readonly<Record<string, unknown>>;
    const status = readNumber(entry['tradeStatus']);
    const lot = readNumber(entry['qtyMultiplier']);
    this.#facts.set(symbol, {
      lotSize: lot !== undefined && lot > 0 ? lot : null,
      isActive: status === undefined ? null : status === ACTIVE,
    });
  });

  /** Throws `NotEntries`. */
  write(chunk: Buffer): void {
    this.#entries.write(chunk);
  }

  /** By symbol. Throws `NotEntries` for a file that was cut. */
  end(): ReadonlyMap<string, ExtraFacts> {
    this.#entries.end();
    return this.#facts;
  }
}

/** Numbers of the file may come as texts. */
function readNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
