import { stat } from 'node:fs/promises';
import { TimeLimit } from '../../clock/abort.ts';
import type { Segment } from '../../market/topics.ts';
import { createOutgoing } from '../../network/route.ts';
import type { HubFlags } from '../command/flag-groups.ts';
import { openAccount } from '../feed/account.ts';
import type { CommandContext } from '../program/program.ts';

/** After this time a recording starts without the answer. */
const ANSWER_TIMEOUT_MS = 10_000;

/** The segments of the symbols that the feed knows. Rejects when the feed does not answer. */
export type SegmentLookup = (symbols: readonly string[]) => Promise<ReadonlyMap<string, Segment>>;

/** Takes the cached symbol master, and asks FYERS with the current token, before anything is connected. For other feeds the answer is empty. */
export function createSegmentLookup(flags: HubFlags, context: CommandContext): SegmentLookup {
  const { feed, 'token-file': tokenFile } = flags;
  const { program, signal, version } = context;
  return async (symbols) => {
    const found = new Map<string, Segment>();
    // A pipe can be read only once, and the feed needs its token.
    if (feed !== 'fyers' || (tokenFile !== undefined && !(await stat(tokenFile)).isFile())) return found;
    const { endpoints, readToken } = openAccount(flags, context);
    const token = await readToken();
    const { createSymbolLookup } = await import('../../symbols/symbol-lookup.ts');
    const { createSessionInstruments } = await import('../../feed/session-instruments.ts');
    const { clock } = program;
    const limit = new TimeLimit(clock, ANSWER_TIMEOUT_MS, signal, new Error('the answer takes too long'));
    try {
      const outgoing = createOutgoing(program.env, version);
      const listed = createSessionInstruments(endpoints, program.env, clock);
      const lookup = createSymbolLookup({ dataUrl: endpoints.dataUrl, clock, signal: limit.signal, outgoing, listed });
      for (const [symbol, answer] of await lookup.resolve(symbols, token)) {
        if (answer !== 'unknown') found.set(symbol, answer.segment);
      }
      return found;
    } finally {
      limit.end();
    }
  };
}
