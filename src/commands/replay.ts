import * as Args from '@oclif/core/args';
import { BaseCommand } from '../lib/cli/command/base-command.ts';
import { printFields } from '../lib/cli/command/print-records.ts';
import { replayFlags } from '../lib/cli/replay/replay-flags.ts';
import { TickpipeError } from '../lib/errors/tickpipe-error.ts';
import { KINDS } from '../lib/market/kinds.ts';

export default class Replay extends BaseCommand {
  static override summary = 'play recordings through the same output as stream, at a chosen speed';
  static override description =
    `Plays files, folders and patterns, compressed or not, rows or raw messages, merged in the order of time. With --speed max it prints what was recorded, byte for byte. Otherwise the time between two rows is the recorded time divided by the speed; nights between recorded days take no time.

Damaged parts are named on stderr and skipped; the status at the end is then 8. It is 3 when a symbol of --symbols is unknown or gave no row.`;
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
    const { args, flags } = await this.parseFlags(Replay);
    if (flags.fields?.includes('help')) return printFields(this.program, flags.type ?? KINDS);
    const paths = [args.path ?? []].flat();
    if (paths.length === 0) throw refuse('no recording was given', 'name a file or a folder');
    if (paths.includes('')) throw refuse('the name of a recording is empty', 'name a file or a folder');
    if (paths.includes('-')) throw refuse('replay reads files, not stdin', 'write it to a file first');
    const { replay } = await import('../lib/cli/replay/replay.ts');
    return replay(paths, flags, this.context);
  }
}

function refuse(message: string, hint: string): TickpipeError {
  return new TickpipeError('USAGE', message, { hint });
}
