import { listFields } from '../lib/cli/command/field-list.ts';
import { quoteFlags } from '../lib/cli/command/flags.ts';
import { subscriptionsOf } from '../lib/cli/command/symbol-arguments.ts';
import { SymbolCommand } from '../lib/cli/command/symbol-command.ts';
import { isRecording } from '../lib/cli/program/flag-values.ts';
import { planOutput } from '../lib/cli/stream/open-output.ts';
import { atOnce, SNAPSHOT_TIMEOUT_MS } from '../lib/cli/stream/stream-command.ts';
import { StreamRun } from '../lib/cli/stream/stream-run.ts';

export default class Quote extends SymbolCommand {
  static override summary = 'one row of each symbol, in the order given';
  static override description =
    'Prints one SymbolUpdate or IndexUpdate row for each symbol, then exits: with 0, with 3 when some rows are missing, with 124 when all are.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> NSE:SBIN-EQ NSE:NIFTY50-INDEX --feed sim',
    'price=$(<%= config.bin %> <%= command.id %> NSE:SBIN-EQ --max-age 5m --fields ltp --raw)',
    '<%= config.bin %> <%= command.id %> --file watchlist.txt --format csv -o snapshot.csv',
  ];
  static override flags = quoteFlags;

  override async run(): Promise<number> {
    const { args, flags, sources } = await this.parseFlags(Quote);
    const kinds = ['symbol', 'index'] as const;
    if (flags.fields?.includes('help')) return listFields(this.program, kinds);
    const given = await this.readSymbols(args, flags);
    const subscriptions = subscriptionsOf('symbol', given);
    const timeout = flags.timeout ?? SNAPSHOT_TIMEOUT_MS;
    const stream = { ...flags, timeout, snapshot: true, events: false, 'on-slow': 'conflate' } as const;
    const rows = { ...flags, inOrder: true, isRecorded: isRecording(flags.feed) };
    const output = planOutput({ subscriptions, kinds, rows, stream }, this.program);
    const startedAt = sources['timeout'] === 'default' ? undefined : this.commandTimeout.startedAt;
    return new StreamRun(
      {
        subscriptions,
        placeOf: given.placeOf,
        kinds,
        command: this.commandName,
        feed: atOnce(flags),
        output,
        stream,
        startedAt,
      },
      this.program,
      this.reporter,
      this.interrupts.signal,
    ).run();
  }
}
