import { BaseCommand } from '../../lib/cli/command/base-command.ts';

/** The recording that `record --detach` starts in the background. */
export default class Recorder extends BaseCommand {
  static override hidden = true;
  static override summary = 'a recording in the background; started by record --detach';

  override async run(): Promise<number> {
    const { runSpawnedRecorder } = await import('../../lib/cli/record/run-spawned-recorder.ts');
    return runSpawnedRecorder(this.context);
  }
}
