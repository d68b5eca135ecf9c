import { ChangeCommand } from '../lib/cli/hub/change-command.ts';
import { UNSUBSCRIBED } from '../lib/output/records/session-records.ts';

export default class Unsubscribe extends ChangeCommand {
  static override summary = 'drop symbols from a running session';
  static override description =
    'A stream whose symbols are all dropped ends with 0. Prints a row for each session and symbol: type, session, symbol, status. The status is ok or not_subscribed. Ends with 3 when there was nothing to drop, or when no shared session runs.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> NSE:SBIN-EQ',
    '<%= config.bin %> <%= command.id %> NSE:SBIN-EQ --session s3 --type depth',
    '<%= config.bin %> <%= command.id %> NSE:SBIN-EQ --all | jq -r \'select(.status == "ok").session\'',
  ];

  protected readonly action = 'unsubscribe';
  protected readonly record = UNSUBSCRIBED;
}
