/**
 * How much is said on stderr. Errors, and what makes the status other than 0, are said at every level.
 * `warnings`: stderr is no terminal, as under cron, which mails everything that is printed.
 */
export type ReportLevel = 'quiet' | 'warnings' | 'normal' | 'verbose';
export type LogFormat = 'text' | 'json';

export interface ReportStyle {
  readonly level: ReportLevel;
  readonly format: LogFormat;
}

/** The level of a command: what its flags ask for, else whether people watch its stderr. */
export function chooseLevel(
  flags: { readonly quiet: boolean; readonly verbose: boolean },
  stderr: { readonly isTTY?: boolean },
): ReportLevel {
  if (flags.quiet) return 'quiet';
  if (flags.verbose) return 'verbose';
  return stderr.isTTY ? 'normal' : 'warnings';
}
