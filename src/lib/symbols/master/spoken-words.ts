/* What people call a contract, in the words of the master: `nifty december future`, `sensex 82000 call`, `gold mini`. */

const MONTHS = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
];

const SPOKEN: ReadonlyMap<string, string> = new Map([
  ...MONTHS.map((month): [string, string] => [month, month.slice(0, 3)]),
  ['CALL', 'CE'],
  ['CALLS', 'CE'],
  ['PUT', 'PE'],
  ['PUTS', 'PE'],
  ['FUTURE', 'FUT'],
  ['FUTURES', 'FUT'],
]);

/** The smaller contract of a commodity has an M behind its name. */
const MINI = 'MINI';

/** The words as the master writes them; `undefined` when it writes all as they are. */
export function translateSpoken(words: readonly string[]): readonly string[] | undefined {
  const translated: string[] = [];
  let isOther = false;
  for (const word of words) {
    const before = translated.at(-1);
    if (word === MINI && before !== undefined) translated[translated.length - 1] = `${before}M`;
    else translated.push(SPOKEN.get(word) ?? word);
    isOther ||= word === MINI ? before !== undefined : SPOKEN.has(word);
  }
  return isOther ? translated : undefined;
}
