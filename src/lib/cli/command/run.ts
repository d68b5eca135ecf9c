import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '@oclif/core/config';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { findNearest } from '../../text/nearest.ts';
import { reportOf } from '../program/error-report.ts';
import type { Environment, Program, Terminal } from '../program/program.ts';
import { chooseLevel, Reporter, type ReportStyle } from '../program/reporter.ts';
import { readVariable } from '../settings/settings.ts';
import { BaseCommand, type Installation, type KnownCommands } from './base-command.ts';
import type { CommandTable } from './command-table.ts';

const HELP_FLAGS: ReadonlySet<string> = new Set(['--help', '-h']);

/**
 * Runs one command line and resolves to the exit status. Never throws: every error ends on stderr.
 *
 * @param commands all commands; oclif's manifest, in the program's folder, is read only for help and the like
 */
export async function runProgram(argv: readonly string[], commands: CommandTable, program: Program): Promise<number> {
  const run: Run = {
    argv,
    program,
    commands,
    installation: new LazyInstallation(program.root, commands),
    reporter: new Reporter(program.stderr, guessStyle(argv, program.env, program.stderr)),
    command: undefined,
  };
  try {
    return await dispatch(run);
  } catch (thrown) {
    const report = reportOf(thrown, run.command?.words);
    run.reporter = run.command?.instance?.reporter ?? run.reporter;
    run.reporter.error(report);
    return report.exit;
  }
}

interface Run {
  readonly argv: readonly string[];
  readonly program: Program;
  readonly commands: CommandTable;
  readonly installation: Installation;
  reporter: Reporter;
  command: { readonly words: string; instance?: BaseCommand } | undefined;
}

async function dispatch(run: Run): Promise<number> {
  const { argv, program, commands, installation } = run;
  const before = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (argv[0] === '--version') return print(program, `${installation.bin} ${installation.version}\n`);
  if (argv[0] === 'help') return explain(program, await installation.loadConfig(), argv.slice(1));
  if (argv.length === 0 || before.some((word) => HELP_FLAGS.has(word))) {
    return showHelp(program, await installation.loadConfig(), before);
  }
  const id = commandIdOf(Object.keys(commands), argv);
  const load = commands[id];
  if (!load) {
    const config = await installation.loadConfig();
    if (config.findTopic(argv.join(':'))) return showHelp(program, config, argv);
    throw await unknownCommand(config, argv);
  }
  const words = id.replaceAll(':', ' ');
  run.command = { words: `${installation.bin} ${words}` };
  const { default: Loaded } = await load();
  if (!isBaseCommand(Loaded)) throw new Error(`${words} is not a BaseCommand`);
  const command = new Loaded([...argv.slice(id.split(':').length)], id, installation, program, run.reporter);
  run.command.instance = command;
  return await command.execute();
}

type CommandClass = new (...parameters: ConstructorParameters<typeof BaseCommand>) => BaseCommand;

function isBaseCommand(value: unknown): value is CommandClass {
  return typeof value === 'function' && value.prototype instanceof BaseCommand;
}

/** Reads package.json and the manifest when they are first needed: a command that runs needs at most the version. */
class LazyInstallation implements Installation {
  readonly #root: string;
  readonly #commands: CommandTable;
  #package: Config['pjson'] | undefined;
  #config: Promise<Config> | undefined;

  constructor(root: string, commands: CommandTable) {
    this.#root = root;
    this.#commands = commands;
  }

  get bin(): string {
    return this.#readPackage().oclif.bin ?? this.#readPackage().name;
  }

  get version(): string {
    return this.#readPackage().version;
  }

  loadConfig(): Promise<Config> {
    this.#config ??= this.#load();
    return this.#config;
  }

  readManifest(): KnownCommands {
    return JSON.parse(readFileSync(path.join(this.#root, 'oclif.manifest.json'), 'utf8')) as KnownCommands;
  }

  async #load(): Promise<Config> {
    const { loadOclifConfig } = await import('./oclif-config.ts');
    return loadOclifConfig(this.#root, this.#readPackage(), this.#commands);
  }

  #readPackage(): Config['pjson'] {
    this.#package ??= JSON.parse(readFileSync(path.join(this.#root, 'package.json'), 'utf8')) as Config['pjson'];
    return this.#package;
  }
}

/** The id of the longest command that argv begins with, as `stream:symbols`; `''` when there is none. */
function commandIdOf(ids: readonly string[], argv: readonly string[]): string {
  let found = '';
  for (let length = 1; length <= argv.length; length++) {
    const id = argv.slice(0, length).join(':');
    if (ids.includes(id)) found = id;
    else if (!ids.some((known) => known.startsWith(`${id}:`))) break;
  }
  return found;
}

/** `tickpipe help WORDS`: a topic, a command, or a group of commands. */
async function explain(program: Program, config: Config, argv: readonly string[]): Promise<number> {
  const words = argv.filter((word) => !word.startsWith('-'));
  const { findHelpTopic } = await import('../help/topics.ts');
  const topic = words.length === 1 ? findHelpTopic(words[0] as string) : undefined;
  if (!topic) return showHelp(program, config, words);
  const { renderTopic } = await import('../help/command-help.ts');
  return print(program, await renderTopic(config, topic, program));
}

async function showHelp(program: Program, config: Config, argv: readonly string[]): Promise<number> {
  const words = argv[0]?.startsWith('-') ? [] : argv.filter((word) => !word.startsWith('-'));
  const ids = config.commands.map((command) => command.id);
  const id = commandIdOf(ids, words) || (config.findTopic(words.join(':')) ? words.join(':') : '');
  if (id === '' && words.length > 0) throw await unknownCommand(config, words);
  const { renderHelp } = await import('../help/command-help.ts');
  return print(program, await renderHelp(config, id === '' ? [] : id.split(':'), program));
}

async function unknownCommand(config: Config, argv: readonly string[]): Promise<TickpipeError> {
  const commands = config.commands.filter(({ hidden }) => !hidden).map(({ id }) => id.replaceAll(':', ' '));
  const group = argv[0] as string;
  const inGroup = commands.filter((command) => command.startsWith(`${group} `));
  const words = argv.slice(0, inGroup.length > 0 ? 2 : 1).join(' ');
  const hint = await suggest(words, commands);
  const list = inGroup.map((command) => `${config.bin} ${command}`).join(', ');
  const fallback = inGroup.length > 0 ? `one of: ${list}` : `see ${config.bin} --help`;
  return new TickpipeError('USAGE', `unknown command: ${words}`, {
    hint: hint === undefined ? fallback : `did you mean ${config.bin} ${hint}?`,
  });
}

/** What was meant, of the commands and the help topics; a topic by the command that prints it. */
async function suggest(words: string, commands: readonly string[]): Promise<string | undefined> {
  if (/^-*v(ersion)?$/i.test(words)) return '--version';
  const { HELP_TOPICS } = await import('../help/topics.ts');
  const topics = HELP_TOPICS.map(({ name }) => name);
  const groups = new Set(commands.map((command) => command.split(' ')[0] as string));
  const nearest = findNearest(words, [...commands, ...groups, ...topics]);
  return nearest !== undefined && topics.includes(nearest) ? `help ${nearest}` : nearest;
}

/** Prints help or the version. Throws `OUTPUT_FAILED`. */
async function print(program: Program, text: string): Promise<number> {
  const { printText } = await import('./print-records.ts');
  await printText(text, program);
  return 0;
}

/** The style of messages before the flags are parsed: a guess from the command line and the environment. */
export function guessStyle(argv: readonly string[], env: Environment, stderr: Terminal): ReportStyle {
  const at = argv.findLastIndex((word) => word === '--log-format' || word.startsWith('--log-format='));
  const given = at < 0 ? readVariable(env, 'log-format') : (argv[at]?.split('=')[1] ?? argv[at + 1]);
  const level = chooseLevel({ quiet: false, verbose: argv.includes('--verbose') }, stderr);
  return { level, format: given === 'json' ? 'json' : 'text' };
}
