import * as Args from '@oclif/core/args';
import { BaseCommand } from '../command/base-command.ts';

export const keyArgument = Args.string({
  required: true,
  description: 'a flag without its dashes, as in max-lag',
  ignoreStdin: true,
});

/** A command about the configuration file. It runs although the file cannot be used, so that it can mend it. */
export abstract class ConfigCommand extends BaseCommand {
  protected override readonly profileUse = 'repairs';
}
