import { isinOf } from '../../../src/lib/simulator/master/isin.ts';

/** Whether the last digit of an ISIN fits the others. */
export function isIsin(text: string): boolean {
  return /^[A-Z]{2}[A-Z0-9]{9}\d$/.test(text) && isinOf(text.slice(0, -1)) === text;
}
