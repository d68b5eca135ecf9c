import { InvalidValue } from '../../errors/invalid-value.ts';
import { formatByteSize } from './amounts.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};
const SIZE = /^(\d{1,15}(?:\.\d{1,9})?)\s*([KMGT]?(?:I?B)?)$/i;

/** A size such as `256MB`, `1.5GB`, `64KiB` or `1000000`, in bytes. A bare `K`, `M`, `G`, `T` is decimal. Throws `InvalidValue`. */
export function readByteSize(text: string, min: number): number {
  const [, number, unit = ''] = SIZE.exec(text.trim()) ?? [];
  const upper = unit.toUpperCase();
  const factor = UNITS[upper.length === 1 && upper !== 'B' ? `${upper}B` : upper];
  const bytes = number === undefined || factor === undefined ? Number.NaN : Math.round(Number(number) * factor);
  if (!Number.isSafeInteger(bytes)) {
    throw new InvalidValue(`expected a size as in 256MB, not ${JSON.stringify(text.slice(0, 100))}`);
  }
  if (bytes < min) throw new InvalidValue(`expected ${formatByteSize(min)} or more, not ${text.trim()}`);
  return bytes;
}
