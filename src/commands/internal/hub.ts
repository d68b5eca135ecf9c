import { BaseCommand } from '../../lib/cli/command/base-command.ts';

/** The hub, which other commands start in the background. */
export default class Hub extends BaseCommand {
  static override hidden = true;
  static override summary = 'the shared session in the background; started by other commands';

  override async run(): Promise<number> {
    const { runSpawnedHub } = await import('../../lib/cli/hub/hub-host.ts');
    await runSpawnedHub(this.context);
    return 0;
  }
}
