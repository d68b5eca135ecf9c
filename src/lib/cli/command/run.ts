import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Config } from '@oclif/core/config';
import type { Logger } from '@oclif/core/interfaces';
import { settings } from '@oclif/core/settings';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { reportOf } from '../program/error-report.ts';
import { findNearest } from '../program/nearest.ts';
import type { Environment, Program, Terminal } from '../program/program.ts';
import { chooseLevel, Reporter, type ReportStyle } from '../program/reporter.ts';
import { readVariable } from '../settings/settings.ts';
import { BaseCommand } from './base-command.ts';

/** Replaces oclif's logger, which opens the terminal to find out whether it has colours. */
const SILENT: Logger = {
  namespace: 'oclif',
  child: () => SILENT,
  debug: () => {},
  error: () => {},
  info: () => {},
  trace: () => {},
  warn: () => {},
};
const HELP_FLAGS: ReadonlySet<string> = new Set(['--help', '-h']);

/**
 * Runs one command line and resolves to the exit status. Never throws: every error ends on stderr.
 *
 * @param root the folder of package.json and oclif.manifest.json
 */
export async function runProgram(argv: readonly string[], root: string, program: Program): Promise<number> {
  const run: Run = {
    argv,
    program,
    reporter: new Reporter(program.stderr, guessStyle(argv, program.env, program.stderr)),
    command: undefined,
  };
  try {
    return await dispatch(run, root);
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
  reporter: Reporter;
  command: { readonly words: string; instance?: BaseCommand } | undefined;
}

async function dispatch(run: Run, root: string): Promise<number> {
  const config = await loadConfig(root);
  const { argv, program } = run;
  const before = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (argv[0] === '--version') return print(program, `${config.bin} ${config.version}\n`);
  if (argv[0] === 'help') return explain(program, config, argv.slice(1));
  if (argv.length === 0 || before.some((word) => HELP_FLAGS.has(word))) return showHelp(program, config, before);
  const id = commandIdOf(config, argv);
  const loadable = config.findCommand(id);
  if (!loadable) {
    if (config.findTopic(argv.join(':'))) return showHelp(program, config, argv);
    throw await unknownCommand(config, argv);
  }
  const words = id.replaceAll(':', ' ');
  run.command = { words: `${config.bin} ${words}` };
  const Loaded: unknown = await loadable.load();
  if (!isBaseCommand(Loaded)) throw new Error(`${words} is not a BaseCommand`);
  const command = new Loaded([...argv.slice(id.split(':').length)], config, program, run.reporter);
  run.command.instance = command;
  return await command.execute();
}

type CommandClass = new (...parameters: ConstructorParameters<typeof BaseCommand>) => BaseCommand;

function isBaseCommand(value: unknown): value is CommandClass {
  return typeof value === 'function' && value.prototype instanceof BaseCommand;
}

async function loadConfig(root: string): Promise<Config> {
  // Without this, oclif looks for TypeScript sources beside the built commands when NODE_ENV says development.
  settings.enableAutoTranspile = false;
  const pjson = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as Config['pjson'];
  const config = new Config({ root, pjson, devPlugins: false, userPlugins: false, logger: SILENT });
  await config.load();
  return config;
}

/** The id of the longest command that argv begins with, as `stream:symbols`; `''` when there is none. */
function commandIdOf(config: Config, argv: readonly string[]): string {
  let found = '';
  for (let length = 1; length <= argv.length; length++) {
    const id = argv.slice(0, length).join(':');
    if (config.findCommand(id)) found = id;
    else if (!config.findTopic(id)) break;
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
  const id = commandIdOf(config, words) || (config.findTopic(words.join(':')) ? words.join(':') : '');
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
