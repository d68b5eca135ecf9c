import * as Args from '@oclif/core/args';
import { ConfigCommand } from '../../lib/cli/config/config-command.ts';
import { EXIT } from '../../lib/errors/catalogue.ts';

export default class ProfileUse extends ConfigCommand {
  static override summary = 'choose the profile that applies from now on';
  static override description =
    'Writes the name into the configuration file. A profile that is not there is made, without settings. The flag --profile and the variable TICKPIPE_PROFILE count before it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> night',
    '<%= config.bin %> <%= command.id %> default',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'the name of a profile', ignoreStdin: true }),
  };

  override async run(): Promise<number> {
    const { args } = await this.parseFlags(ProfileUse);
    const { useProfile } = await import('../../lib/cli/config/config-changes.ts');
    await useProfile(args.name, this.context);
    return EXIT.done;
  }
}
