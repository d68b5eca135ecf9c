import type { Environment, Program, Terminal } from './program.ts';
import type { Reporter } from './reporter.ts';

/** Whether a stream gets colours: `NO_COLOR`, then `FORCE_COLOR`, then `TERM=dumb`, then whether it is a terminal. */
export function wantsColor(env: Environment, stream: Terminal): boolean {
  if (env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return env['TERM'] !== 'dumb' && stream.isTTY === true;
}

/** The columns beside the text: the spinner and a space, the `^C` that a terminal echoes, and the last column. */
const FRAME_WIDTH = 5;

/** An animation on stderr while the program waits. */
export interface Spinner {
  /** Replaces the text beside the spinner. */
  setText(text: string): void;
  /** Safe to call twice. */
  stop(): void;
}

/**
 * Starts a spinner on stderr; undefined unless stderr is a terminal that people watch. Messages that are written meanwhile
 * appear above it.
 */
export async function startSpinner(program: Program, reporter: Reporter, text: string): Promise<Spinner | undefined> {
  const { env, stderr } = program;
  const { format, level } = reporter.style;
  // A terminal without a size has 0 columns, and ora would clear endless lines.
  const isWatched = stderr.isTTY === true && stderr.columns !== 0 && env['TERM'] !== 'dumb' && !env['CI'];
  if (!isWatched || format === 'json' || level === 'quiet') return undefined;
  const [{ default: ora }, { clipLine }] = await Promise.all([import('ora'), import('../../output/terminal/paint.ts')]);
  const spinner = ora({
    stream: stderr as NodeJS.WriteStream,
    text,
    isEnabled: true,
    // The program handles signals and stdin itself. ora would hold stdin and restore the cursor at exit.
    discardStdin: false,
    hideCursor: false,
    color: wantsColor(env, stderr) ? 'cyan' : false,
  }).start();
  return {
    setText: (text) => {
      // A text of two lines would leave the first one behind.
      spinner.text = clipLine(text, Math.max(0, (stderr.columns ?? Number.POSITIVE_INFINITY) - FRAME_WIDTH));
    },
    stop: () => {
      if (spinner.isSpinning) spinner.stop();
    },
  };
}
