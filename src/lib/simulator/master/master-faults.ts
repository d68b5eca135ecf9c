/** Faults that are in the body of an answer. */
const BROKEN_BODIES = ['empty', 'cut', 'break', 'stall', 'slow', 'columns', 'binary', 'huge-line'] as const;
export type BrokenBodyName = (typeof BROKEN_BODIES)[number];

/** What can become of a request for a file of the symbol master. */
export const MASTER_ANSWERS = [
  '404',
  '500',
  'html',
  'none',
  'redirect',
  'new-version',
  'no-version',
  ...BROKEN_BODIES,
] as const;
export type MasterAnswer = (typeof MASTER_ANSWERS)[number];
