/* Lists of stems, by number in ascending order. */
import type { StemRange } from './master-file.ts';

export function numbersIn({ from, to }: StemRange): number[] {
  const numbers: number[] = [];
  for (let number = from; number < to; number++) numbers.push(number);
  return numbers;
}

/** Of two lists in ascending order, what is in both. */
export function intersect(some: readonly number[], others: readonly number[]): number[] {
  const both: number[] = [];
  let at = 0;
  for (const number of some) {
    while (at < others.length && (others[at] as number) < number) at++;
    if (others[at] === number) both.push(number);
  }
  return both;
}

/** Of two lists in ascending order, what is in either. */
export function unite(some: readonly number[], others: readonly number[]): readonly number[] {
  if (some.length === 0) return others;
  if (others.length === 0) return some;
  const either: number[] = [];
  let at = 0;
  for (const number of some) {
    while (at < others.length && (others[at] as number) < number) either.push(others[at++] as number);
    if (others[at] === number) at++;
    either.push(number);
  }
  return either.concat(others.slice(at));
}
