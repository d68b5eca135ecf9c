import { stat } from 'node:fs/promises';
import { TimeLimit } from '../../clock/abort.ts';
import type { Segment } from '../../market/topics.ts';
import { createOutgoing } from '../../network/route.ts';
import type { HubFlags } from '../command/flag-groups.ts';
import { openAccount } from '../feed/account.ts';
import type { CommandContext } from '../program/program.ts';

/** A recording begins without the answer when it does not come in this time. */
const ANSWER_TIMEOUT_MS = 10_000;

/** The segments of some symbols, as far as they can be asked. Rejects when they cannot, for whatever reason. */
export type SegmentLookup = (symbols: readonly string[]) => Promise<ReadonlyMap<string, Segment>>;

/** Asks FYERS with the token that is there now, before anything is connected. Of other feeds nothing is known. */
export function createSegmentLookup(flags: HubFlags, context: CommandContext): SegmentLookup {
  const { feed, 'token-file': tokenFile } = flags;
  const { program, signal, version } = context;
  return async (symbols) => {
    const found = new Map<string, Segment>();
    // What is no file, as a pipe, can be read once: the feed needs it.
    if (feed !== 'fyers' || (tokenFile !== undefined && !(await stat(tokenFile)).isFile())) return found;
    const { endpoints, readToken } = openAccount(flags, context);
    const token = await readToken();
    const { createSymbolLookup } = await import('../../symbols/symbol-lookup.ts');
    const { clock } = program;
    const limit = new TimeLimit(clock, ANSWER_TIMEOUT_MS, signal, new Error('the answer takes too long'));
    try {
      const outgoing = createOutgoing(program.env, version);
      const lookup = createSymbolLookup({ dataUrl: endpoints.dataUrl, clock, signal: limit.signal, outgoing });
      for (const [symbol, answer] of await lookup.resolve(symbols, token)) {
        if (answer !== 'unknown') found.set(symbol, answer.segment);
      }
      return found;
    } finally {
      limit.end();
    }
  };
}
