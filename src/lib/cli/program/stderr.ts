import type { Writable } from 'node:stream';
import { cleanText } from './clean-text.ts';
import { type ErrorReport, renderErrorReport } from './error-report.ts';
import type { ReportStyle } from './report-style.ts';

/** More about a message, for `--log-format json` only: the message itself must say it all to people. */
export type ReportFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Says things to people, one line each, on stderr. Never throws: a closed stderr costs the message, not the data. */
export class Reporter {
  readonly style: ReportStyle;
  readonly #stream: Writable;
  #around: (write: () => void) => void = (write) => write();

  constructor(stream: Writable, style: ReportStyle) {
    this.#stream = stream;
    this.style = style;
    if (stream.listenerCount('error') === 0) stream.on('error', () => {});
  }

  /** What is good to know while one watches: where ticks come from, what was done. Only on a terminal or with `--verbose`. */
  info(message: string, fields?: ReportFields): void {
    if (this.style.level === 'normal' || this.style.level === 'verbose') this.#say('info', message, fields);
  }

  /** Information that a log needs, too: the end of what was warned of, the address of a server. Not with `--quiet`. */
  notice(message: string, fields?: ReportFields): void {
    if (this.style.level !== 'quiet') this.#say('info', message, fields);
  }

  /** What the user should know or mend: breaks, silent symbols, losses. Not with `--quiet`. */
  warn(message: string, fields?: ReportFields): void {
    if (this.style.level !== 'quiet') this.#say('warning', message, fields);
  }

  /** A warning of what makes the status other than 0: at every level. */
  shortfall(message: string, fields?: ReportFields): void {
    this.#say('warning', message, fields);
  }

  /** How it works inside. Only with `--verbose`. */
  detail(message: string, fields?: ReportFields): void {
    if (this.style.level === 'verbose') this.#say('detail', message, fields);
  }

  /** Lets something that stands on the terminal make room for each message: it is to call `write` once. */
  share(around: (write: () => void) => void): void {
    this.#around = around;
  }

  error(report: ErrorReport): void {
    this.#write(renderErrorReport(report, this.style));
  }

  #say(type: 'info' | 'warning' | 'detail', message: string, fields: ReportFields = {}): void {
    const text = cleanText(message);
    if (this.style.format === 'text') this.#write(type === 'warning' ? `warning: ${text}\n` : `${text}\n`);
    else this.#write(`${cleanText(JSON.stringify({ type, message: text, ...fields }))}\n`);
  }

  #write(text: string): void {
    if (this.#stream.destroyed || !this.#stream.writable) return;
    this.#around(() => this.#stream.write(text));
  }
}
