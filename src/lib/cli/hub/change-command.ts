import * as Flags from '@oclif/core/flags';
import { EXIT } from '../../errors/catalogue.ts';
import type { ChangeResult } from '../../hub/server/control-routes.ts';
import { ROW_TYPES } from '../../market/kinds.ts';
import type { SUBSCRIBED, UNSUBSCRIBED } from '../../output/records/session-records.ts';
import { nameSome } from '../../text/join-words.ts';
import { choiceFlag, hubFlags, recordFlags, sourceFlags } from '../command/flags.ts';
import { planRecords, printRecordFields } from '../command/print-records.ts';
import { KIND_OF_TYPE_NAME, ROW_TYPE_NAMES } from '../command/row-type-names.ts';
import { type GivenSymbols, subscriptionsOf } from '../command/symbol-arguments.ts';
import { SymbolCommand } from '../command/symbol-command.ts';
import { describeMeant, describeUnknown } from '../feed/feed-messages.ts';
import { findHub, noSharedSession, refuseElsewhere } from './hub-control.ts';
import { changeSessions, chooseSessions } from './session-choice.ts';

const SESSIONS = 'sessions';
const changeFlags = {
  ...hubFlags,
  file: sourceFlags.file,
  session: Flags.string({
    summary: 'the session to change, as status lists it',
    helpGroup: SESSIONS,
    helpValue: '<id>',
    exclusive: ['all'],
  }),
  all: Flags.boolean({ summary: 'change every session except recordings', helpGroup: SESSIONS }),
  type: choiceFlag(ROW_TYPE_NAMES)({
    summary: 'the type of the rows; without it every type that the session has',
    helpGroup: SESSIONS,
    helpValue: ROW_TYPE_NAMES.join('|'),
  }),
  ...recordFlags,
};

/** The base of `subscribe` and `unsubscribe`, which change running sessions. */
export abstract class ChangeCommand extends SymbolCommand {
  static override flags = changeFlags;

  protected abstract readonly action: 'subscribe' | 'unsubscribe';
  /** The rows that are printed. */
  protected abstract readonly record: typeof SUBSCRIBED | typeof UNSUBSCRIBED;

  override async run(): Promise<number> {
    const { args, flags, sources } = await this.parseFlags(ChangeCommand);
    if (flags.fields?.includes('help')) return printRecordFields(this.record, this.program);
    refuseElsewhere(flags, this.commandName);
    const given = await this.readSymbols(args, flags);
    const { symbols } = given;
    // Throws where a symbol has no rows of that kind.
    if (flags.type) subscriptionsOf(KIND_OF_TYPE_NAME[flags.type], given);
    const output = await planRecords(this.record, { flags, sources }, this.context);
    const hub = await findHub(flags, this.context);
    if (hub === undefined) throw noSharedSession(flags);
    const data_type = flags.type && ROW_TYPES[KIND_OF_TYPE_NAME[flags.type]];
    const ids = chooseSessions(hub.status, flags).map(({ id }) => id);
    const { done, failure } = await changeSessions(ids, flags.all, async (id) => {
      const body = { symbols, ...(data_type && { data_type }) };
      const path = `/api/sessions/${encodeURIComponent(id)}/${this.action}`;
      const { results, left_out: leftOut = [] } = await hub.post('sessionChange', path, body);
      this.#warnOfLeftOut(id, leftOut);
      return Array.from(mergeKinds(results), ({ symbol, status }) => {
        return { session: id, symbol, status };
      });
    });
    if (done.length > 0 || failure === undefined) {
      await output.print(done);
    }
    if (failure) throw failure;
    await this.#reportShortfall(done, given, hub.status.hub.simulated === true);
    const isDone = done.some(({ status }) => status === 'ok' || status === 'already');
    return isDone && !done.some(({ status }) => status === 'unknown') ? EXIT.done : EXIT.partly;
  }

  #warnOfLeftOut(session: string, leftOut: readonly { readonly symbol: string }[]): void {
    if (leftOut.length === 0) return;
    const symbols = [...new Set(leftOut.map(({ symbol }) => symbol))];
    const message = `an index has no market depth; not added to ${session}: depth of ${nameSome(symbols)}`;
    this.reporter.warn(message, { event: 'no_depth', symbols });
  }

  /** Reports why the status is 3. */
  async #reportShortfall(
    done: readonly { readonly symbol: string; readonly status: ChangeResult['status'] }[],
    { placeOf }: GivenSymbols,
    isSimulated: boolean,
  ): Promise<void> {
    const symbolsWith = (wanted: ChangeResult['status']): string[] => [
      ...new Set(done.filter(({ status }) => status === wanted).map(({ symbol }) => symbol)),
    ];
    const unknown = symbolsWith('unknown');
    if (unknown.length > 0) {
      const { suggestForUnknown } = await import('../command/known-symbols.ts');
      const meant = describeMeant(unknown, await suggestForUnknown(unknown, isSimulated, this.context));
      const message = describeUnknown(unknown, placeOf);
      this.reporter.shortfall(meant === undefined ? message : `${message}; ${meant}`, {
        event: 'unknown',
        symbols: unknown,
      });
    }
    if (done.some(({ status }) => status !== 'not_subscribed')) return;
    const symbols = symbolsWith('not_subscribed');
    this.reporter.shortfall(`nothing to drop: ${symbols.join(', ')} not subscribed`, {
      event: 'not_subscribed',
      symbols,
    });
  }
}

/** One result for each symbol: `ok` when any of its kinds was changed. */
function mergeKinds(results: readonly ChangeResult[]): Iterable<ChangeResult> {
  const merged = new Map<string, ChangeResult>();
  for (const result of results) {
    if (merged.get(result.symbol)?.status !== 'ok') merged.set(result.symbol, result);
  }
  return merged.values();
}
