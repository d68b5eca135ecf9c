import * as Flags from '@oclif/core/flags';
import { accountRowFlags, toStdout } from '../lib/cli/account/account-row-flags.ts';
import { logIn } from '../lib/cli/account/login.ts';
import { BaseCommand } from '../lib/cli/command/base-command.ts';
import { durationFlag, valueFlag } from '../lib/cli/command/flags.ts';
import { planRecords, printRecordFields } from '../lib/cli/command/print-records.ts';
import { readPath } from '../lib/cli/program/flag-values.ts';
import { EXIT } from '../lib/errors/catalogue.ts';
import { LOGIN } from '../lib/output/records/account-records.ts';

const ACCOUNT = 'account';
const DEFAULT_TIMEOUT_MS = 5 * 60_000;

export default class Login extends BaseCommand {
  static override summary = "get today's access token with a browser, and store it";
  static override description =
    'Needs an app: make one on the FYERS API dashboard (https://myapi.fyers.in/dashboard), with the redirect URI http://127.0.0.1:8765/callback and the permission Market Data. Its id and its secret are asked for when nothing gives them.\n\nOpens the login page of FYERS in a browser, takes its answer at the redirect URI, exchanges the auth code for an access token, checks it and stores it for this profile, readable by this user only. stream, quote, record and hubs use it when neither a token file nor FYERS_ACCESS_TOKEN gives another; a hub or a recording that waits takes it at once. The secret of the app is never stored. Prints one row. Ends with 4 when the login is refused or not answered.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --app-id XXXXXXXXXX-100',
    '<%= config.bin %> <%= command.id %> --secret-file ~/.fyers-secret --no-browser',
    '<%= config.bin %> <%= command.id %> --paste --redirect-uri https://example.com/callback',
  ];
  static override flags = {
    'app-id': valueFlag((text) => text.trim())({
      summary: 'the app id; without it FYERS_APP_ID, the profile, what the last login used, or a question',
      helpGroup: ACCOUNT,
      helpValue: '<id>',
    }),
    'secret-file': valueFlag(readPath)({
      summary: 'read the app secret from a file; without it FYERS_SECRET_KEY, or a question that does not show it',
      helpGroup: ACCOUNT,
      helpValue: '<path>',
    }),
    'redirect-uri': valueFlag((text) => text.trim())({
      summary: 'the redirect URI of the app, as registered; http://127.0.0.1:8765/callback if not given',
      helpGroup: ACCOUNT,
      helpValue: '<uri>',
    }),
    paste: Flags.boolean({
      summary: 'ask for the address on which the browser ends, instead of listening for it',
      helpGroup: ACCOUNT,
    }),
    'no-browser': Flags.boolean({ summary: 'only print the address; open no browser', helpGroup: ACCOUNT }),
    timeout: durationFlag()({
      char: 't',
      summary: 'end with 4 when the login is not answered within this time; 5m if not given',
      helpGroup: ACCOUNT,
      helpValue: '<time>',
    }),
    ...accountRowFlags,
  };
  protected override readonly profileUse = 'new';

  override async run(): Promise<number> {
    const { flags, sources } = await this.parseFlags(Login);
    if (flags.fields?.includes('help')) return printRecordFields(LOGIN, this.program);
    const output = await planRecords(LOGIN, { flags: toStdout(flags), sources }, this.context);
    // The limit of a variable or a profile means the rows of other commands.
    const timeout = sources['timeout'] === 'flag' ? flags.timeout : undefined;
    await output.print([await logIn({ ...flags, timeout: timeout ?? DEFAULT_TIMEOUT_MS }, sources, this.context)]);
    return EXIT.done;
  }
}
