import * as Args from '@oclif/core/args';
import { barFlags } from '../lib/cli/bars/bar-flags.ts';
import { FilterCommand } from '../lib/cli/filter/filter-command.ts';
import { readCalendar } from '../lib/cli/settings/calendars.ts';

export default class Bars extends FilterCommand {
  static override summary = 'open, high, low, close and volume of intervals';
  static override description =
    `Makes bars of ticks: with symbols those of a feed, without symbols those of the rows that are piped in. An interval is a time (5s, 1m, 1h), the session (1d), a number of trades (500t) or a volume (100000v); several stand between commas.

Bars are made of the broker's snapshots, not of every trade. docs/bars.md says how.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> 1m NSE:SBIN-EQ NSE:NIFTY50-INDEX',
    '<%= config.bin %> <%= command.id %> 1s NSE:SBIN-EQ --feed sim --all-hours --count 3',
    '<%= config.bin %> replay ticks --speed max --events | <%= config.bin %> <%= command.id %> 1m,15m -f csv > bars.csv',
    "<%= config.bin %> stream symbols @banks --events | <%= config.bin %> <%= command.id %> 5m | jq --unbuffered -c '[.symbol, .close]'",
  ];
  static override args = {
    interval: Args.string({
      description: 'how long a bar is: 5s, 1m, 1h, 1d, 500t, 100000v; several between commas',
      required: true,
    }),
    ...FilterCommand.args,
  };
  static override flags = barFlags;

  protected readonly usage = 'bars 1m';

  override async run(): Promise<number> {
    const { args, flags, sources } = await this.parseFlags(Bars);
    const { planBars, readIntervals } = await import('../lib/cli/bars/plan-bars.ts');
    const intervals = readIntervals(args.interval);
    const calendar = await readCalendar(this.program, this.interrupts.signal);
    const request = await planBars(intervals, flags, sources, calendar, async () => {
      const { openFeedHistory } = await import('../lib/cli/history/open-history.ts');
      return openFeedHistory(flags, { calendar }, this.context);
    });
    return this.printMade(request, { args, flags, sources });
  }
}
