import { InvalidValue } from '../../errors/invalid-value.ts';

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** A size for people: `1.5 MB`. */
export function formatByteSize(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 1_000 && unit < UNITS.length - 1; unit++) value /= 1_000;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

const THOUSANDS = /\B(?=(?:\d{3})+$)/g;

/** `1,234 rows`, `1 row`. Not by `toLocaleString`: the first number that it formats takes ten milliseconds. */
export function formatCount(number: number, what: string): string {
  return `${String(number).replace(THOUSANDS, ',')} ${what}${number === 1 ? '' : 's'}`;
}

const FACTORS: Readonly<Record<string, number>> = {
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
  const factor = FACTORS[upper.length === 1 && upper !== 'B' ? `${upper}B` : upper];
  const bytes = number === undefined || factor === undefined ? Number.NaN : Math.round(Number(number) * factor);
  if (!Number.isSafeInteger(bytes)) {
    throw new InvalidValue(`expected a size as in 256MB, not ${JSON.stringify(text.slice(0, 100))}`);
  }
  if (bytes < min) throw new InvalidValue(`expected ${formatByteSize(min)} or more, not ${text.trim()}`);
  return bytes;
}
