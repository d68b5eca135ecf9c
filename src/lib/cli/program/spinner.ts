import type { Environment, Program, Terminal } from './program.ts';
import type { Reporter } from './reporter.ts';

/** Whether a stream gets colours: `NO_COLOR`, then `FORCE_COLOR`, then `TERM=dumb`, then whether it is a terminal. */
export function wantsColor(env: Environment, stream: Terminal): boolean {
  if (env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return env['TERM'] !== 'dumb' && stream.isTTY === true;
}

/** The spinner itself and a blank; at the end the `^C` that a terminal echoes, and its last column. */
const FRAME_WIDTH = 5;

/** What turns on stderr while something goes on. */
export interface Spinner {
  /** Another text beside it. */
  say(text: string): void;
  /** Safe twice. */
  stop(): void;
}

/**
 * Spins on stderr while something goes on; undefined unless stderr is a terminal that people watch. Messages written meanwhile
 * stand above it.
 */
export async function startSpinner(program: Program, reporter: Reporter, text: string): Promise<Spinner | undefined> {
  const { env, stderr } = program;
  const { format, level } = reporter.style;
  // A terminal without a size has 0 columns, and ora would clear endless lines.
  const isWatched = stderr.isTTY === true && stderr.columns !== 0 && env['TERM'] !== 'dumb' && !env['CI'];
  if (!isWatched || format === 'json' || level === 'quiet') return undefined;
  const [{ default: ora }, { clipLine }] = await Promise.all([import('ora'), import('../../output/table/paint.ts')]);
  const spinner = ora({
    stream: stderr as NodeJS.WriteStream,
    text,
    isEnabled: true,
    // Our own handlers decide about signals and stdin; ora's would hold stdin and put the cursor back at exit.
    discardStdin: false,
    hideCursor: false,
    color: wantsColor(env, stderr) ? 'cyan' : false,
  }).start();
  return {
    say: (words) => {
      // A second line would stay behind.
      spinner.text = clipLine(words, Math.max(0, (stderr.columns ?? Number.POSITIVE_INFINITY) - FRAME_WIDTH));
    },
    stop: () => {
      if (spinner.isSpinning) spinner.stop();
    },
  };
}
