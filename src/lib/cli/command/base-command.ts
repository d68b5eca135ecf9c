import { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';
import type { FlagInput, Input } from '@oclif/core/interfaces';
import type { CommandContext, Program, Terminal } from '../program/program.ts';
import { chooseLevel, type LogFormat, Reporter, type ReportStyle } from '../program/reporter.ts';
import { Interrupts } from '../program/signals.ts';
import { readProfile } from '../settings/config-file.ts';
import type { KnownFlags } from '../settings/config-schema.ts';
import {
  allowRepeats,
  readCommandLine,
  readVariable,
  resolveSettings,
  type SettingSource,
  type Settings,
} from '../settings/settings.ts';
import { CommandTimeout } from './command-timeout.ts';
import { diagnosticFlags } from './flags.ts';

type Values = Record<string, unknown>;

/** What a command is given on its command line, each flag settled. */
export interface Given<F, A> {
  readonly flags: F;
  readonly args: A;
  /** Where each flag's value came from. */
  readonly sources: Readonly<Record<string, SettingSource>>;
}

/**
 * A command of the program. `run` resolves to the exit status; whatever it throws becomes an error line and a status in
 * `runProgram`. Nothing here prints data: stdout belongs to the command's one writer.
 */
export abstract class BaseCommand extends Command {
  static override baseFlags = diagnosticFlags;

  protected readonly program: Program;
  /** The first SIGINT, SIGTERM or SIGHUP aborts `interrupts.signal`. */
  protected readonly interrupts: Interrupts;
  /** Ends what is read before the command begins, at the first signal or at a `--timeout` that was given. */
  protected readonly commandTimeout: CommandTimeout;
  /** Says things on stderr; from `parseFlags` on in the style that the flags ask for. */
  reporter: Reporter;

  constructor(argv: string[], config: Config, program: Program, reporter: Reporter) {
    super(argv, config);
    this.program = program;
    this.reporter = reporter;
    this.interrupts = new Interrupts(program.signals, (status) => program.exitNow(status));
    this.commandTimeout = new CommandTimeout(program.clock, this.interrupts.signal);
  }

  /** What people type to run it, as `stream symbols`. */
  protected get commandName(): string {
    return (this.id ?? '').replaceAll(':', ' ');
  }

  /** For the library parts. From `parseFlags` on its reporter has the style that the flags ask for. */
  protected get context(): CommandContext {
    const { program, reporter, interrupts, config } = this;
    return { program, reporter, signal: interrupts.signal, version: config.version };
  }

  abstract override run(): Promise<number>;

  /** Runs the command. An error that was thrown decides, then a signal, then the status of `run`, unless that is an error. */
  async execute(): Promise<number> {
    try {
      const status = await this.run();
      return status === 0 || status === 3 ? (this.interrupts.status ?? status) : status;
    } catch (error) {
      const { status, signal } = this.interrupts;
      if (status !== undefined && (error === signal.reason || isAbort(error))) return status;
      throw error;
    } finally {
      this.commandTimeout.end();
      this.interrupts.close();
    }
  }

  /**
   * Flags and arguments of the command line, the environment, the profile and the defaults, in this order. Throws `USAGE`
   * for the first and `BAD_CONFIGURATION` for the others.
   */
  protected async parseFlags<F extends Values, B extends Values, A extends Values>(
    command: Input<F, B, A>,
  ): Promise<Given<F & B, A>> {
    const definitions = { ...command.baseFlags, ...command.flags } as FlagInput;
    const { flags: parsed, args, metadata } = await this.parse(inherited(command));
    const marks = Object.entries(metadata.flags).filter(([, { setFromDefault }]) => setFromDefault);
    const defaulted = new Set(marks.map(([name]) => name));
    const { clock, env } = this.program;
    const given = readCommandLine(definitions, parsed, defaulted, clock.now());
    // The limit includes the time to read the configuration.
    this.#limitTime(given);
    const name = given.values['profile'];
    const profile = await readProfile({
      env,
      name: typeof name === 'string' ? name : readVariable(env, 'profile'),
      knownFlags: () => knownFlagsOf(this.config),
      signal: this.commandTimeout.signal,
    });
    const settings = resolveSettings(given, definitions, env, profile, clock.now());
    this.#limitTime(settings);
    this.reporter = new Reporter(this.program.stderr, styleOf(settings.values, this.program.stderr));
    return { flags: settings.values as F & B, args, sources: settings.sources };
  }

  #limitTime({ values: { timeout }, sources }: Settings): void {
    if (typeof timeout === 'number' && sources['timeout'] !== 'default') this.commandTimeout.limit(timeout);
  }
}

/** oclif's parser takes of a class only what it declares itself, and refuses a flag that is given again. */
function inherited<F extends Values, B extends Values, A extends Values>(command: Input<F, B, A>): Input<F, B, A> {
  const { flags, baseFlags, args } = command;
  return {
    ...command,
    ...(flags && { flags: allowRepeats(flags as FlagInput) as typeof flags }),
    ...(baseFlags && { baseFlags: allowRepeats(baseFlags as FlagInput) as typeof baseFlags }),
    ...(args && { args }),
  };
}

function styleOf(values: Readonly<Record<string, unknown>>, stderr: Terminal): ReportStyle {
  const level = chooseLevel({ quiet: values['quiet'] === true, verbose: values['verbose'] === true }, stderr);
  return { level, format: (values['log-format'] ?? 'text') as LogFormat };
}

/** The flags of all commands, from the manifest. */
function knownFlagsOf(config: Config): KnownFlags {
  const flags = config.commands.flatMap((command) => Object.values(command.flags));
  return new Map(
    flags.filter(({ name }) => name !== 'help' && name !== 'profile').map(({ name, type }) => [name, type]),
  );
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
