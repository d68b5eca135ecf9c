import * as Args from '@oclif/core/args';
import { BaseCommand } from '../lib/cli/base-command.ts';
import { listFields } from '../lib/cli/field-list.ts';
import { chooseFormat, planOutput } from '../lib/cli/open-output.ts';
import { replayFlags } from '../lib/cli/replay-flags.ts';
import { printedKinds, replayedSubscriptions } from '../lib/cli/replay-plan.ts';
import { atOnce } from '../lib/cli/stream-command.ts';
import { StreamSession } from '../lib/cli/stream-session.ts';
import { TickpipeError } from '../lib/errors/tickpipe-error.ts';
import { KINDS } from '../lib/market/kinds.ts';
import { parseUntil } from '../lib/output/durations.ts';
import { catalogueRecordings } from '../lib/recording/playback/catalogue.ts';
import { RecordedFeed } from '../lib/recording/playback/recorded-feed.ts';
import { TimeRange } from '../lib/recording/playback/time-range.ts';

/** How many paths the line about the source names. */
const MAX_NAMED = 3;

export default class Replay extends BaseCommand {
  static override summary = 'play recordings through the same output as stream, at a chosen speed';
  static override description =
    `Plays files, folders and patterns, compressed or not, rows or raw messages, merged in the order of time. With --speed max it prints what was recorded, byte for byte; else rows come with the spacing they had, divided by the speed, and nights between recorded days take no time.

What is damaged is named on stderr and passed over; the status at the end is then 8.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> recordings/date=2026-11-23 --speed 10',
    "<%= config.bin %> <%= command.id %> recordings --speed max --from 09:15 --to 09:30 | jq -c '[.symbol, .ltp]'",
    '<%= config.bin %> <%= command.id %> recordings --speed max --type depth --symbols NSE:SBIN-EQ -o books.csv',
  ];
  static override args = {
    path: Args.string({
      description: 'recordings: files, folders, patterns such as "day/*.gz"',
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override flags = replayFlags;

  override async run(): Promise<number> {
    const { args, flags } = await this.settle(Replay);
    const { clock } = this.program;
    if (flags.fields?.includes('help')) return listFields(this.program, flags.type ?? KINDS);
    const paths = [args.path ?? []].flat();
    if (paths.length === 0)
      throw new TickpipeError('USAGE', 'no recording was given', { hint: 'name a file or a folder' });
    const range = new TimeRange(flags.from, flags.to);
    const until = flags.until === undefined ? undefined : parseUntil(flags.until, clock.now());
    const stream = { ...flags, until };
    const format = chooseFormat(flags, flags.events, this.program);
    const catalogue = await catalogueRecordings(paths, flags.type);
    const kinds = printedKinds(catalogue, format, flags.type);
    const subscriptions = flags.symbols ? replayedSubscriptions(catalogue, flags.symbols, kinds) : [];
    const output = planOutput({ subscriptions, kinds, rows: flags, stream }, this.program);
    const { speed = 1 } = flags.snapshot ? atOnce(flags) : flags;
    const feed = {
      name: nameOf(paths),
      catalogue,
      speed,
      loop: flags.loop,
      range,
      kinds,
      everything: flags.symbols === undefined,
      tellsKnown: false,
      warnsOfOthers: flags.type === undefined,
      clock,
    };
    return new StreamSession(
      {
        subscriptions,
        kinds,
        command: this.words,
        feed: async (listener) => new RecordedFeed(feed, listener),
        output,
        stream,
      },
      this.program,
      this.reporter,
      this.interrupts.signal,
    ).run();
  }
}

function nameOf(paths: readonly string[]): string {
  const rest = paths.length - MAX_NAMED;
  const named = paths.slice(0, MAX_NAMED).join(', ');
  return rest > 0 ? `${named} and ${rest} more` : named;
}
