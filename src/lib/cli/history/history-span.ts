import { istDate, istMidnight } from '../../clock/ist.ts';
import { readIstMoment, readTimeOfDay } from '../../clock/ist-moment.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { Span } from '../../history/history-ranges.ts';
import type { HistoryFlags } from './history-flags.ts';

const HINT = 'write it as 2026-11-23, as 2026-11-23T09:15, or as 09:15 of today, in India (IST)';

/** The time of `--from`, undefined without it, and that of `--to`, the present without it. Throws `USAGE`. */
export function readSpan(
  { from, to }: HistoryFlags,
  nowMs: number,
): { readonly fromMs: number | undefined; readonly toMs: number } {
  const fromMs = from === undefined ? undefined : readEdge(from, 'from', nowMs);
  const toMs = to === undefined ? nowMs : readEdge(to, 'to', nowMs);
  if (fromMs !== undefined && fromMs >= nowMs) throw refuse(`--from ${from} is not past yet`);
  if (fromMs !== undefined && fromMs >= toMs) throw refuse(`--from ${from} is not before --to ${to}`);
  return { fromMs, toMs };
}

/** For a symbol whose `--from` follows from its own trading days. Throws `USAGE`. */
export function spanFrom(fromMs: number, toMs: number): Span {
  if (fromMs < toMs) return { fromMs, toMs };
  throw new TickpipeError('USAGE', '--to is before the last trading day', { hint: 'give --from, too' });
}

function readEdge(text: string, edge: 'from' | 'to', nowMs: number): number {
  const ofDay = readTimeOfDay(text);
  const at = ofDay === undefined ? readIstMoment(text, edge) : istMidnight(istDate(nowMs)) + ofDay;
  if (at !== undefined) return at;
  throw refuse(`--${edge}: ${JSON.stringify(text.slice(0, 40))} is not a time`, HINT);
}

function refuse(message: string, hint?: string): TickpipeError {
  return new TickpipeError('USAGE', message, { hint });
}
