import { BROKEN_BODIES } from './broken-bodies.ts';

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
