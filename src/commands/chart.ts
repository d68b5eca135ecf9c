import * as Args from '@oclif/core/args';
import { chartFlags } from '../lib/cli/chart/chart-flags.ts';
import { FilterCommand } from '../lib/cli/filter/filter-command.ts';
import { readCalendar } from '../lib/cli/settings/calendars.ts';

/** The flags of rows, of which a chart prints none. */
const NO_ROWS = { time: 'epoch', 'no-header': false, force: false, append: false } as const;

export default class Chart extends FilterCommand {
  static override summary = 'candles, volume and the last price in the terminal';
  static override description =
    `Draws the bars of symbols: of a feed, and without symbols the bars, or the rows of ticks, that are piped in. On a terminal the chart is live, and q ends it; elsewhere it is printed once, at the end. The interval is one of those of tickpipe bars: 5s, 5m, 1d, 500t; 1m if none is given.

A candle that rose is thin, one that fell is full, whatever the colours. Time without trades takes no room.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> NSE:SBIN-EQ 5m --history 1d',
    '<%= config.bin %> <%= command.id %> NSE:SBIN-EQ NSE:INFY-EQ 1s --feed sim --all-hours',
    '<%= config.bin %> history NSE:SBIN-EQ --interval 5m -f ndjson | <%= config.bin %> <%= command.id %>',
    '<%= config.bin %> bars 5m NSE:SBIN-EQ --feed file:day.ndjson --speed max | <%= config.bin %> <%= command.id %> --size 120x30 > chart.txt',
  ];
  static override args = {
    symbol: Args.string({
      description: 'symbols, as for stream, and an interval such as 5m; without symbols the rows of stdin are drawn',
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override flags = chartFlags;

  protected readonly usage = 'chart 1m';

  override async run(): Promise<number> {
    const { args, flags, sources } = await this.parseFlags(Chart);
    const { planChart, readChartWords } = await import('../lib/cli/chart/plan-chart.ts');
    const { symbols, interval } = readChartWords(args.symbol ?? []);
    const calendar = await readCalendar(this.program, this.interrupts.signal);
    const output = { size: flags.size, maxLagMs: flags['max-lag'] };
    const request = await planChart(interval, flags, output, calendar, async () => {
      const { openFeedHistory } = await import('../lib/cli/history/open-history.ts');
      return openFeedHistory(flags, { calendar }, this.context);
    });
    return this.printMade(request, { args: { symbol: [...symbols] }, flags: { ...flags, ...NO_ROWS }, sources });
  }
}
