import * as Flags from '@oclif/core/flags';
import type { RecordFlags } from '../command/flag-groups.ts';
import type { SettingSource } from '../settings/settings.ts';

export const namesFlag = Flags.boolean({
  summary: 'print the symbols alone, one a line: for | tickpipe stream symbols -',
  helpGroup: 'output',
  exclusive: ['fields', 'format'],
});

interface Given {
  readonly flags: RecordFlags & { readonly names: boolean };
  readonly sources: Readonly<Record<string, SettingSource>>;
}

/** The output flags, with those that `--names` stands for. Set by a variable or a profile, it gives way to the command line. */
export function withNames({ flags, sources }: Given): Omit<Given, 'flags'> & { readonly flags: RecordFlags } {
  const isOverruled = sources['names'] !== 'flag' && (sources['fields'] === 'flag' || sources['format'] === 'flag');
  if (!flags.names || isOverruled) return { flags, sources };
  return { flags: { ...flags, raw: true, fields: ['symbol'] }, sources: { ...sources, fields: 'flag' } };
}
