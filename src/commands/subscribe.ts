import { ChangeCommand } from '../lib/cli/hub/change-command.ts';

export default class Subscribe extends ChangeCommand {
  static override summary = 'add symbols to a running session';
  static override description =
    'The rows of the new symbols come out of the command that runs there; a recording of several types gets all of them. Prints a row for each session and symbol, its status ok, already or unknown; ends with 3 when nothing could be added.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> NSE:INFY-EQ',
    '<%= config.bin %> <%= command.id %> NSE:INFY-EQ NSE:TCS-EQ --session s3',
    '<%= config.bin %> <%= command.id %> --file watchlist.txt --all --format csv',
  ];

  protected readonly action = 'subscribe';
  protected readonly resultType = 'Subscribed';
}
