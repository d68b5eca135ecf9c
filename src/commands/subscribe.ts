import { ChangeCommand } from '../lib/cli/hub/change-command.ts';
import { SUBSCRIBED } from '../lib/output/records/session-records.ts';

export default class Subscribe extends ChangeCommand {
  static override summary = 'add symbols to a running session';
  static override description =
    'The running command prints the rows of the new symbols; a recording of several types records all of them. Prints a row for each session and symbol: type, session, symbol, status. The status is ok, already or unknown. Ends with 3 when a symbol is unknown, or when no shared session runs.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> NSE:INFY-EQ',
    '<%= config.bin %> <%= command.id %> NSE:INFY-EQ NSE:TCS-EQ --session s3',
    '<%= config.bin %> <%= command.id %> --file watchlist.txt --all --format csv',
  ];

  protected readonly action = 'subscribe';
  protected readonly record = SUBSCRIBED;
}
