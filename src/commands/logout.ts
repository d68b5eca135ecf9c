import { logOut } from '../lib/cli/account/logout.ts';
import { BaseCommand } from '../lib/cli/command/base-command.ts';
import { EXIT } from '../lib/errors/catalogue.ts';

export default class Logout extends BaseCommand {
  static override summary = 'end the access token that login stored';
  static override description =
    'Ends the token at the broker, removes it from this machine, and has a running hub end its connection. A token of FYERS_ACCESS_TOKEN or of a token file is left alone. Prints no row. When the broker cannot be reached that is a warning; the token is removed all the same. Ends with 4 when no login is stored for this profile.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --profile work',
  ];

  override async run(): Promise<number> {
    await this.parseFlags(Logout);
    await logOut(this.context);
    return EXIT.done;
  }
}
