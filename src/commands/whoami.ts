import * as Flags from '@oclif/core/flags';
import { accountRowFlags, toStdout } from '../lib/cli/account/account-row-flags.ts';
import { findLogin } from '../lib/cli/account/whoami.ts';
import { BaseCommand } from '../lib/cli/command/base-command.ts';
import { sourceFlags } from '../lib/cli/command/flags.ts';
import { planRecords, printRecordFields } from '../lib/cli/command/print-records.ts';
import { EXIT } from '../lib/errors/catalogue.ts';
import { KNOWN_LOGIN } from '../lib/output/records/account-records.ts';

export default class Whoami extends BaseCommand {
  static override summary = 'print which access token applies, until when, and whether the broker accepts it';
  static override description =
    'Prints one row about the token that other commands would use: of --token-file, FYERS_ACCESS_TOKEN or tickpipe login, the first that is there. The broker is asked whether it accepts the token; accepted is null when it cannot be asked. Ends with 4 when there is no token, or none that can be used. Never prints the token, nor the name of its owner.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    "<%= config.bin %> <%= command.id %> --offline | jq -r '.expires_at'",
    '<%= config.bin %> <%= command.id %> --quiet > /dev/null || echo log in first',
  ];
  static override flags = {
    'token-file': sourceFlags['token-file'],
    offline: Flags.boolean({ summary: 'do not ask the broker', helpGroup: 'account' }),
    ...accountRowFlags,
  };

  override async run(): Promise<number> {
    const { flags, sources } = await this.parseFlags(Whoami);
    if (flags.fields?.includes('help')) return printRecordFields(KNOWN_LOGIN, this.program);
    const output = await planRecords(KNOWN_LOGIN, { flags: toStdout(flags), sources }, this.context);
    const { row, fault } = await findLogin(flags['token-file'], flags.offline, this.context);
    await output.print([row]);
    if (fault) throw fault;
    return EXIT.done;
  }
}
