import { istDate } from '../../clock/ist.ts';
import type { MasterFile } from './master-file.ts';
import type { ExpiryFilter } from './symbol-master.ts';

const MONTH = 'YYYY-MM'.length;

/** Which expiries a filter lets through, by stem. */
export type ExpiryCheck = (stem: number) => boolean;

/**
 * A filter of expiries for one file. `nearest`, `weekly` and `monthly` are found for the futures and the options of each
 * underlying by themselves, among those that have not ended.
 */
export function createExpiryCheck(file: MasterFile, filter: ExpiryFilter, nowMs: number): ExpiryCheck {
  const { stemExpiry } = file;
  const isOpen = (stem: number): boolean => (stemExpiry[stem] as number) * 1000 > nowMs;
  if (filter !== 'nearest' && filter !== 'weekly' && filter !== 'monthly') {
    return (stem) => stemExpiry[stem] !== 0 && istDate((stemExpiry[stem] as number) * 1000) === filter;
  }
  const expiries = new Map<string, number[]>();
  for (let stem = 0; stem < file.stems; stem++) {
    if (!isOpen(stem)) continue;
    const list = expiries.get(seriesOf(file, stem));
    if (list === undefined) expiries.set(seriesOf(file, stem), [stemExpiry[stem] as number]);
    else list.push(stemExpiry[stem] as number);
  }
  const chosen = new Map([...expiries].map(([series, list]) => [series, chooseExpiry(list, filter)]));
  return (stem) => isOpen(stem) && chosen.get(seriesOf(file, stem)) === stemExpiry[stem];
}

function seriesOf({ stemUnderlying, stemType }: MasterFile, stem: number): string {
  return `${stemUnderlying[stem]}/${stemType[stem]}`;
}

/**
 * The nearest of some expiries that a rule allows; `undefined` when there is none.
 * @param expiries epoch seconds, none of which has passed
 */
export function chooseExpiry(expiries: readonly number[], rule: 'nearest' | 'weekly' | 'monthly'): number | undefined {
  const sorted = [...new Set(expiries)].sort((one, other) => one - other);
  if (rule === 'nearest') return sorted[0];
  return sorted.find((expiry, index) => isLastOfMonth(expiry, sorted[index + 1]) === (rule === 'monthly'));
}

function isLastOfMonth(expiry: number, next: number | undefined): boolean {
  return next === undefined || monthOf(next) !== monthOf(expiry);
}

const monthOf = (expiry: number): string => istDate(expiry * 1000).slice(0, MONTH);
