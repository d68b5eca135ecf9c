import { StreamCommand } from '../../../lib/cli/stream/stream-command.ts';

/** It has its own folder because oclif takes a file `stream/index.ts` for the command `stream`. */
export default class StreamIndex extends StreamCommand {
  static override summary = 'indices only, one row for each change';
  static override description =
    `Prints IndexUpdate rows. Takes only symbols that end in -INDEX. ${StreamCommand.statuses}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> NSE:NIFTY50-INDEX BSE:SENSEX-INDEX --feed sim',
    "<%= config.bin %> <%= command.id %> 'NSE:NIFTY50 EQL WGT-INDEX' --conflate 1s --fields symbol,ltp,change_percent",
  ];

  protected readonly kind = 'index';
}
