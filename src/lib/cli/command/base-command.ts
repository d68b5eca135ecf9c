import { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';
import type { FlagInput, Input } from '@oclif/core/interfaces';
import { parse } from '@oclif/core/parser';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { CommandContext, Environment, Program, Terminal } from '../program/program.ts';
import { chooseLevel, type LogFormat, Reporter, type ReportStyle } from '../program/reporter.ts';
import { Interrupts } from '../program/signals.ts';
import type { KnownFlags } from '../settings/config-contents.ts';
import {
  DEFAULT_PROFILE,
  findProfileName,
  type NamedProfile,
  type Profile,
  readProfile,
} from '../settings/config-file.ts';
import {
  allowRepeats,
  isSetting,
  readCommandLine,
  readVariable,
  resolveSettings,
  type SettingSource,
  type Settings,
  variableOf,
} from '../settings/settings.ts';
import { CommandTimeout } from './command-timeout.ts';
import { diagnosticFlags } from './flags.ts';

type Values = Record<string, unknown>;

/** The arguments and the flags of a command, each with its value. */
export interface Given<F, A> {
  readonly flags: F;
  readonly args: A;
  /** Where the value of each flag comes from. */
  readonly sources: Readonly<Record<string, SettingSource>>;
}

/** The program as it is installed. `loadConfig` gives what oclif knows of all commands, and takes time. */
export interface Installation {
  readonly bin: string;
  readonly version: string;
  loadConfig(): Promise<Config>;
  /** The same commands as they are in oclif's manifest: a file to read. */
  readManifest(): KnownCommands;
}

/** Commands, with the flags of each. */
export interface KnownCommands {
  readonly commands: Readonly<Record<string, CommandWithFlags>> | readonly CommandWithFlags[];
}

interface CommandWithFlags {
  readonly flags: Readonly<Record<string, { readonly name: string; readonly type: 'boolean' | 'option' }>>;
}

/**
 * A command of the program. `run` resolves to the exit status; `runProgram` turns an error into a message and a
 * status. Nothing here prints data: stdout belongs to the one writer of the command.
 */
export abstract class BaseCommand extends Command {
  static override baseFlags = diagnosticFlags;

  protected readonly program: Program;
  /** The first SIGINT, SIGTERM or SIGHUP aborts `interrupts.signal`. */
  protected readonly interrupts: Interrupts;
  /** Aborts reading before the command begins: at the first signal or the end of `--timeout`. */
  protected readonly commandTimeout: CommandTimeout;
  /** Writes to stderr; after `parseFlags` in the style of the flags. */
  reporter: Reporter;

  readonly #commandId: string;
  readonly #installation: Installation;

  constructor(argv: string[], id: string, installation: Installation, program: Program, reporter: Reporter) {
    // oclif's own parts of a command, which want the whole configuration, are not used.
    super(argv, { bin: 'tickpipe' } as Config);
    this.#commandId = id;
    this.#installation = installation;
    this.program = program;
    this.reporter = reporter;
    this.interrupts = new Interrupts(program.signals, (status) => program.exitNow(status));
    this.commandTimeout = new CommandTimeout(program.clock, this.interrupts.signal);
  }

  /**
   * Whether the profile may be one that is nowhere yet, because the command makes it, as `login` does. `repairs` goes further: the
   * command runs although the configuration file cannot be used, and then without its settings. `examines`: the command also runs
   * without a variable that cannot be used, and reports all of these errors itself: `settingFaults`.
   */
  protected readonly profileUse: 'existing' | 'new' | 'repairs' | 'examines' = 'existing';
  /** What cannot be used of the file, the profile and the variables, for a command that examines them. */
  protected readonly settingFaults: TickpipeError[] = [];
  #profile: Profile = withoutSettings(DEFAULT_PROFILE);

  /** The profile of this command; without settings where the file cannot be used. */
  protected get profile(): Profile {
    return this.#profile;
  }

  /** The name that users type, as `stream symbols`. */
  protected get commandName(): string {
    return this.#commandId.replaceAll(':', ' ');
  }

  /** What the library works with. After `parseFlags` it has the profile, and the reporter has the style of the flags. */
  protected get context(): CommandContext {
    const { program, reporter, interrupts } = this;
    const { version } = this.#installation;
    return { program, reporter, signal: interrupts.signal, profile: this.#profile.name, version };
  }

  /** What oclif knows of all commands. */
  protected loadConfig(): Promise<Config> {
    return this.#installation.loadConfig();
  }

  abstract override run(): Promise<number>;

  /** Runs the command and returns its status: an error comes before a signal, a signal before a status of 0 or 3. */
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
   * Reads the command line, the environment, the profile and the defaults, the strongest first. Throws `USAGE` for a bad
   * command line and `BAD_CONFIGURATION` for the environment and the profile.
   */
  protected async parseFlags<F extends Values, B extends Values, A extends Values>(
    command: Input<F, B, A>,
  ): Promise<Given<F & B, A>> {
    const definitions = { ...command.baseFlags, ...command.flags } as FlagInput;
    const { flags: parsed, args, metadata } = await parse<F & B, B, A>(this.argv, this.#parserInput(command));
    const marks = Object.entries(metadata.flags).filter(([, { setFromDefault }]) => setFromDefault);
    const defaulted = new Set(marks.map(([name]) => name));
    const { clock } = this.program;
    const given = readCommandLine(definitions, parsed, defaulted, clock.now());
    // The limit includes the time to read the configuration.
    this.#limitTime(given);
    const profile = await this.#readProfile(given.values['profile']);
    this.#profile = profile;
    const settings = this.#resolve(given, definitions, profile);
    this.#limitTime(settings);
    this.reporter = new Reporter(this.program.stderr, styleOf(settings.values, this.program.stderr));
    return { flags: settings.values as F & B, args, sources: settings.sources };
  }

  /** With inherited flags, which oclif's parser does not see, and flags that may be given again. */
  #parserInput<F extends Values, B extends Values, A extends Values>({ flags, baseFlags, args }: Input<F, B, A>) {
    const all = allowRepeats({ ...baseFlags, ...flags } as FlagInput) as Input<F & B, B, A>['flags'];
    return { context: this, ...(all && { flags: all }), ...(args && { args }) };
  }

  /** A command that repairs the file runs although the profile has values that no flag takes; one that examines it, also without the variables. */
  #resolve(given: Settings, definitions: FlagInput, profile: Profile): Settings {
    const { clock, env } = this.program;
    const resolve = (variables: Environment, settings?: Profile): Settings =>
      resolveSettings(given, definitions, variables, settings, clock.now());
    try {
      return resolve(env, profile);
    } catch (error) {
      this.#noteFault(error);
    }
    try {
      return resolve(env);
    } catch (error) {
      if (this.profileUse === 'repairs') throw error;
      this.#noteFault(error);
      return resolve({});
    }
  }

  /** Throws an error that the command cannot go on with. */
  #noteFault(error: unknown): void {
    const isTolerated = this.profileUse === 'repairs' || this.profileUse === 'examines';
    if (!isTolerated || !isBadConfiguration(error)) throw error;
    if (this.settingFaults.every(({ message }) => message !== error.message)) this.settingFaults.push(error);
  }

  /** @param flag the value of `--profile` */
  async #readProfile(flag: unknown): Promise<Profile> {
    const { env } = this.program;
    const named = nameProfile(flag, readVariable(env, 'profile'));
    try {
      return await readProfile({
        env,
        named,
        mayBeNew: this.profileUse === 'new' || this.profileUse === 'repairs',
        knownFlags: async () => knownFlagsOf(this.#installation.readManifest()),
        signal: this.commandTimeout.signal,
      });
    } catch (error) {
      this.#noteFault(error);
      return withoutSettings(await this.#findProfileName(named));
    }
  }

  /** @param named in the environment perhaps with a name that no profile can have */
  async #findProfileName(named: NamedProfile | undefined): Promise<string> {
    try {
      return await findProfileName(this.program.env, named, this.commandTimeout.signal);
    } catch (error) {
      if (this.profileUse === 'repairs') throw error;
      this.#noteFault(error);
      return DEFAULT_PROFILE;
    }
  }

  #limitTime({ values: { timeout }, sources }: Settings): void {
    if (typeof timeout === 'number' && sources['timeout'] !== 'default') this.commandTimeout.limit(timeout);
  }
}

function withoutSettings(name: string): Profile {
  return { name, settings: new Map(), placeOf: (key) => key };
}

function styleOf(values: Readonly<Record<string, unknown>>, stderr: Terminal): ReportStyle {
  const level = chooseLevel({ quiet: values['quiet'] === true, verbose: values['verbose'] === true }, stderr);
  return { level, format: (values['log-format'] ?? 'text') as LogFormat };
}

function nameProfile(flag: unknown, variable: string | undefined): NamedProfile | undefined {
  if (typeof flag === 'string') return { name: flag, place: '--profile', code: 'USAGE' };
  if (variable === undefined) return undefined;
  return { name: variable, place: variableOf('profile'), code: 'BAD_CONFIGURATION' };
}

function isBadConfiguration(error: unknown): error is TickpipeError {
  return error instanceof TickpipeError && error.code === 'BAD_CONFIGURATION';
}

/** The flags of all commands, from the manifest. */
export function knownFlagsOf({ commands }: KnownCommands): KnownFlags {
  const flags = Object.values<CommandWithFlags>(commands).flatMap((command) => Object.values(command.flags));
  return new Map(flags.filter(({ name }) => isSetting(name)).map(({ name, type }) => [name, type]));
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
