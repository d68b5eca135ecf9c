import type { RecordFlags } from '../command/flag-groups.ts';
import { recordFlags } from '../command/flags.ts';

const { format, fields, raw, 'no-header': noHeader } = recordFlags;

/** How the row of `login` and `whoami` looks. It goes to stdout only: the file of a profile is for rows of ticks. */
export const accountRowFlags = { format, fields, raw, 'no-header': noHeader };

export function toStdout(flags: Pick<RecordFlags, 'format' | 'fields' | 'raw' | 'no-header'>): RecordFlags {
  return { ...flags, output: undefined, force: false, append: false };
}
