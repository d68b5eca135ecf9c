/** How much is said on stderr. Errors are said at every level. */
export type ReportLevel = 'quiet' | 'normal' | 'verbose';
export type LogFormat = 'text' | 'json';

export interface ReportStyle {
  readonly level: ReportLevel;
  readonly format: LogFormat;
}
