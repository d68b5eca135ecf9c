import type { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { SEE_VERBOSE } from '../../errors/catalogue.ts';
import type { ErrorReport } from './error-report.ts';

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

/** The level of a command: the one of its flags, else `normal` on a terminal and `warnings` elsewhere. */
export function chooseLevel(
  flags: { readonly quiet: boolean; readonly verbose: boolean },
  stderr: { readonly isTTY?: boolean },
): ReportLevel {
  if (flags.quiet) return 'quiet';
  if (flags.verbose) return 'verbose';
  return stderr.isTTY ? 'normal' : 'warnings';
}

/** A JSON Web Token: an access token or an auth code, whole or cut. */
const JSON_WEB_TOKEN = /\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g;
/** Control characters, which could move a terminal's cursor or forge a line. Tabs and all else stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern removes them
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]+/g;

/** Makes one printable line: text from another program can neither leak a token nor control the terminal. */
export function cleanText(text: string): string {
  return stripVTControlCharacters(text).replace(JSON_WEB_TOKEN, '<token>').replace(CONTROL, ' ');
}

/** Data of a message, printed with `--log-format json` only. The message itself must be complete for people. */
export type ReportFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Writes messages for people to stderr, one line each. Never throws: a closed stderr loses the message, not the data. */
export class Reporter {
  readonly style: ReportStyle;
  readonly #stream: Writable;
  #around: (write: () => void) => void = (write) => write();

  constructor(stream: Writable, style: ReportStyle) {
    this.#stream = stream;
    this.style = style;
    if (stream.listenerCount('error') === 0) stream.on('error', () => {});
  }

  /** Information for people who watch: the source of the ticks, what was done. Only on a terminal or with `--verbose`. */
  info(message: string, fields?: ReportFields): void {
    if (this.style.level === 'normal' || this.style.level === 'verbose') this.#print('info', message, fields);
  }

  /** Information that a log needs, too: a connection is back, the address of a server. Not with `--quiet`. */
  notice(message: string, fields?: ReportFields): void {
    if (this.style.level !== 'quiet') this.#print('info', message, fields);
  }

  /** A problem that the user should know or solve: breaks, silent symbols, losses. Not with `--quiet`. */
  warn(message: string, fields?: ReportFields): void {
    if (this.style.level !== 'quiet') this.#print('warning', message, fields);
  }

  /** A warning about the reason of a status other than 0. At every level. */
  shortfall(message: string, fields?: ReportFields): void {
    this.#print('warning', message, fields);
  }

  /** What the user has to do before the command can go on. Printed at every level. */
  request(message: string, fields?: ReportFields): void {
    this.#print('info', message, fields);
  }

  /** Details of the internal work. Only with `--verbose`. */
  detail(message: string, fields?: ReportFields): void {
    if (this.style.level === 'verbose') this.#print('detail', message, fields);
  }

  /** Sets a function that makes room on the terminal for each message. It must call `write` once. */
  share(around: (write: () => void) => void): void {
    this.#around = around;
  }

  error(report: ErrorReport): void {
    this.#write(renderErrorReport(report, this.style));
  }

  #print(type: 'info' | 'warning' | 'detail', message: string, fields: ReportFields = {}): void {
    const text = cleanText(message);
    if (this.style.format === 'text') this.#write(type === 'warning' ? `warning: ${text}\n` : `${text}\n`);
    else this.#write(`${cleanText(JSON.stringify({ type, message: text, ...fields }))}\n`);
  }

  #write(text: string): void {
    if (this.#stream.destroyed || !this.#stream.writable) return;
    this.#around(() => this.#stream.write(text));
  }
}

/** The text of a report, with its line ends. */
export function renderErrorReport(report: ErrorReport, style: ReportStyle): string {
  const { code, exit } = report;
  const message = cleanText(report.message);
  const isSeen = style.level === 'verbose' && report.hint.endsWith(SEE_VERBOSE);
  const hint = cleanText(isSeen ? report.hint.slice(0, -SEE_VERBOSE.length) : report.hint);
  const stack = style.level === 'verbose' && report.stack ? report.stack.split('\n').map(cleanText) : [];
  if (style.format === 'json') {
    const line = { type: 'error', code, message, hint, exit, ...(stack.length > 0 && { stack }) };
    return `${JSON.stringify(line)}\n`;
  }
  return [`error: ${message}`, `hint: ${hint}`, ...stack, ''].join('\n');
}
