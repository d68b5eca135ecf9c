import { isDeepStrictEqual } from 'node:util';
import { COMPLETION_SCRIPTS } from '../src/lib/cli/completion/shells.ts';
import type { CompletionTable, FlagEntry, Values } from '../src/lib/cli/completion/table.ts';
import { HELP_TOPICS } from '../src/lib/cli/help/topics.ts';
import type { Kind } from '../src/lib/market/kinds.ts';
import { KNOWN_LOGIN } from '../src/lib/output/records/account-records.ts';
import { listRowNames } from '../src/lib/output/records/all-schemas.ts';
import { recordFields } from '../src/lib/output/records/record-encoder.ts';
import { RECORDS } from '../src/lib/output/records/records.ts';
import { fieldNames } from '../src/lib/output/rows/field-selection.ts';
import { FAULTS } from '../src/lib/simulator/faults.ts';
import { type Manifest, visibleCommands } from './commands-page.ts';

type Command = ReturnType<typeof visibleCommands>[number];
type Flag = Command['flags'][string];

/** The kinds of rows whose columns `--fields` and `--changed` of a command take. */
const ROW_KINDS: Readonly<Record<string, readonly Kind[]>> = {
  'stream:symbols': ['symbol', 'index'],
  'stream:index': ['index'],
  'stream:depth': ['depth'],
  'stream:lite': ['lite'],
  quote: ['symbol', 'index'],
  replay: ['symbol', 'index', 'depth', 'lite'],
};

/** The columns of the records that a command prints: the documents name it between backticks. */
function recordFieldsOf(command: Command): string[] | undefined {
  if (command.id === 'whoami') return recordFields(KNOWN_LOGIN);
  const record = RECORDS.find(({ printedBy }) => printedBy.includes(`\`${wordsOf(command)}\``));
  return record && recordFields(record);
}

/** Flags whose help does not say what their values are, by name, or by command and name. */
const FLAG_VALUES: Readonly<Record<string, Values>> = {
  profile: { kind: 'profiles' },
  symbols: { kind: 'symbols' },
  underlying: { kind: 'underlyings' },
  fault: words(Object.entries(FAULTS).map(([name, { argument }]) => (argument === 'none' ? name : `${name}=`))),
  dir: { kind: 'folders' },
  'compact --to': { kind: 'folders' },
};

/** The arguments of commands by name, or by command and name. */
const ARGUMENT_VALUES: Readonly<Record<string, Values>> = {
  symbol: { kind: 'symbols' },
  underlying: { kind: 'underlyings' },
  path: { kind: 'files' },
  dir: { kind: 'folders' },
  'completion shell': words(Object.keys(COMPLETION_SCRIPTS)),
  'schema type': words(listRowNames()),
  'config get key': { kind: 'keys' },
  'config set key': { kind: 'keys' },
  'config unset key': { kind: 'keys' },
  'config set value': { kind: 'value-of-key' },
  'profile use name': { kind: 'profiles' },
  'watchlist show name': { kind: 'watchlists' },
  'watchlist add name': { kind: 'watchlists' },
  'watchlist remove name': { kind: 'watchlists' },
  'watchlist remove symbol': { kind: 'listed' },
  'watchlist delete name': { kind: 'watchlists' },
};

/** What completion has to know about the commands, from their manifest. */
export function makeCompletionTable(
  manifest: Manifest,
  groups: Readonly<Record<string, { readonly description?: string; readonly hidden?: boolean }>>,
): CompletionTable {
  const flags: FlagEntry[] = [];
  const placeOf = (entry: FlagEntry): number => {
    const place = flags.findIndex((one) => isDeepStrictEqual(one, entry));
    return place >= 0 ? place : flags.push(entry) - 1;
  };
  const commands = visibleCommands(manifest).map((command) => {
    const shown = Object.values(command.flags).filter(({ hidden }) => !hidden);
    const entry = {
      summary: command.summary ?? '',
      flags: shown.map((flag) => placeOf(describeFlag(flag, command))),
      arguments: Object.values(command.args).map((argument) => ({
        values: argument.options ? words(argument.options) : valuesOfArgument(argument.name, command),
        ...(argument.multiple && { repeats: true as const }),
      })),
    };
    return [wordsOf(command), entry] as const;
  });
  const firstWords = [...new Set(commands.flatMap(([name]) => (name.includes(' ') ? name.split(' ', 1) : [])))];
  return {
    flags,
    commands: Object.fromEntries(commands),
    groups: Object.fromEntries(firstWords.map((word) => [word, groups[word]?.description ?? ''])),
    topics: Object.fromEntries(HELP_TOPICS.map(({ name, summary }) => [name, summary])),
  };
}

function describeFlag(flag: Flag, command: Command): FlagEntry {
  const isOption = flag.type === 'option';
  return {
    name: flag.name,
    ...(flag.char && { char: flag.char }),
    summary: flag.summary ?? '',
    values: isOption && valuesOfFlag(flag, command),
    ...(isOption && flag.multiple && { repeats: true as const }),
  };
}

function valuesOfFlag(flag: Flag & { readonly type: 'option' }, command: Command): Values | null {
  const known = FLAG_VALUES[`${wordsOf(command)} --${flag.name}`] ?? FLAG_VALUES[flag.name];
  if (known) return known;
  if (flag.options) return words(flag.options);
  const help = [flag.helpValue ?? []].flat().join('|');
  if (help === '<a,b,c>') {
    const kinds = ROW_KINDS[command.id];
    const fields = kinds ? fieldNames(kinds) : recordFieldsOf(command);
    return fields ? { ...words(fields), list: true } : null;
  }
  return readHelpValue(help);
}

/** What stands for a value in the help of its flag, such as `ndjson|csv|table`, `<path>`, `<n>|max`. */
export function readHelpValue(help: string): Values | null {
  if (help.includes('<path>')) return { kind: 'files' };
  const all = help.split('|').filter((word) => word !== '' && !word.includes('<'));
  // `DATE|nearest`: beside small letters, capitals stand for something else.
  const hasSmall = all.some((word) => /^[a-z-]+$/.test(word));
  const alternatives = all.filter((word) => !hasSmall || !/^[A-Z]+$/.test(word));
  if (alternatives.includes('file:PATH')) return { kind: 'feeds', words: alternatives.map(dropPlaceholder) };
  const only = alternatives.length === 1 && alternatives[0]?.includes(',') ? alternatives[0] : undefined;
  if (only) return { ...words(only.split(',')), list: true };
  return alternatives.length > 0 ? words(alternatives) : null;
}

/** `file:PATH` begins with `file:`, `ws://HOST:PORT` with `ws://`. */
const dropPlaceholder = (word: string): string => word.replace(/(?<=:\/*)[A-Z].*/, '');

function valuesOfArgument(name: string, command: Command): Values | null {
  const key = name.toLowerCase();
  return ARGUMENT_VALUES[`${wordsOf(command)} ${key}`] ?? ARGUMENT_VALUES[key] ?? null;
}

function words(list: readonly string[]): Values & { readonly kind: 'words' } {
  return { kind: 'words', words: [...list] };
}

const wordsOf = (command: Command): string => command.id.replaceAll(':', ' ');
