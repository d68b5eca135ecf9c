import type { LiveTable } from '../../output/table/live-table.ts';
import type { Program } from '../program/program.ts';
import type { StreamControls } from './output-plan.ts';

/** Begins to read keys for a picture. `onReading` is called when they are read, or no longer. */
export type StartKeys = (
  live: LiveTable,
  controls: Pick<StreamControls, 'stop'>,
  onReading: (on: boolean) => void,
) => void;

export interface KeySource {
  /** Rows or a list of symbols come from stdin: keys are read from the terminal of the session. */
  readonly stdinIsRead: boolean;
  /** False for a picture that ends on its own. */
  readonly isWanted: boolean;
}

/** Loads what reads keys. Without a terminal for them the picture is only drawn anew when the program goes on after a stop. */
export async function prepareKeys(program: Program, { stdinIsRead, isWanted }: KeySource): Promise<StartKeys> {
  const { Keyboard, openKeyboardInput } = await import('../program/keyboard.ts');
  const { ownJob } = await import('../program/job-control.ts');
  const input = isWanted ? openKeyboardInput(program, stdinIsRead) : undefined;
  return (live, controls, onReading) => {
    const onStop = (): void => live.begin();
    if (input === undefined) {
      ownJob.on('SIGCONT', onStop);
      live.onEnd(() => ownJob.off('SIGCONT', onStop));
      return;
    }
    const keyboard = new Keyboard({
      input,
      clock: program.clock,
      onKey: (key) => live.press(key) && controls.stop(),
      onReading: (on) => {
        onReading(on);
        live.refresh();
      },
      onStop,
    });
    live.onEnd(() => keyboard.close());
  };
}
