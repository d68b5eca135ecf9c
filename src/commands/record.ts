import { SymbolCommand } from '../lib/cli/command/symbol-command.ts';
import { recordFlags } from '../lib/cli/record/record-flags.ts';
import { recordedSubscriptions } from '../lib/cli/record/record-subscriptions.ts';
import { EXIT } from '../lib/errors/catalogue.ts';
import { TickpipeError } from '../lib/errors/tickpipe-error.ts';

export default class Record extends SymbolCommand {
  static override summary = 'write ticks to rotating, crash-safe files';
  static override description =
    `Writes each tick as a row into DIR/date=YYYY-MM-DD/kind=symbol|index|depth|lite/, one file an hour, flushed every second: a kill or a power cut costs at most the last second. Data files hold rows and nothing else; the .meta.jsonl file beside each says what was subscribed, and lists gaps and losses. Nothing is printed on stdout. Ends with 0 at a limit such as --count, with 130 at Ctrl-C, with 3 when a symbol is unknown, with 7 when the disk is full.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> NSE:SBIN-EQ NSE:NIFTY50-INDEX --feed sim --dir ticks --duration 1m',
    '<%= config.bin %> <%= command.id %> --file watchlist.txt --type symbols,depth --dir ~/ticks --until 15:30',
    "zcat ticks/date=*/kind=symbol/*.ndjson.gz | jq -c '[.symbol, .ltp]'",
  ];
  static override flags = recordFlags;

  override async run(): Promise<number> {
    const { args, flags } = await this.parseFlags(Record);
    if (flags.raw && flags.feed !== 'fyers' && flags.feed !== 'sim') {
      throw new TickpipeError('USAGE', '--raw needs a connection of its own: hubs and recordings have rows only');
    }
    if (flags.raw && flags.where !== undefined) {
      throw new TickpipeError('USAGE', '--where goes with rows, not with the messages of --raw', {
        hint: 'record without --where, and use it with replay',
      });
    }
    const given = await this.readSymbols(args, flags);
    const subscriptions = recordedSubscriptions(flags.type, given, this.reporter);
    const what = { subscriptions, placeOf: given.placeOf, kinds: flags.type };
    if (flags.detach) {
      if (flags.feed !== 'fyers' || flags.direct || flags.raw) {
        throw new TickpipeError('USAGE', '--detach is for recordings of the shared live session', {
          hint: 'without it, nohup or systemd keep any other in the background',
        });
      }
      const { startRecorder } = await import('../lib/cli/record/start-recorder.ts');
      await startRecorder(what, flags, this.context);
      return EXIT.done;
    }
    const { record } = await import('../lib/cli/record/record.ts');
    return record(what, flags, this.context);
  }
}
