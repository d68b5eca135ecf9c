import { FAILURES } from '../http/failures.ts';

/** How requests for history can be answered wrongly: FYERS' codes, an empty day, refusals for the rate with either header, what can go wrong with any answer. */
export const HISTORY_ANSWERS = [
  '-8',
  '-15',
  '-16',
  '-17',
  '-50',
  '-99',
  '-300',
  '-352',
  '-373',
  '429',
  '429-ms',
  'no-data',
  'empty',
  'unsorted',
  'malformed',
  ...FAILURES,
] as const;
export type HistoryAnswer = (typeof HISTORY_ANSWERS)[number];
