import type { CommandEntry, CompletionTable, FlagEntry, Values } from './table.ts';

/** What completion looks up on this machine. Nothing here throws or waits; what is not there is an empty list. */
export interface CompletionSources {
  /** Names of the user's watchlists. */
  watchlists(): readonly string[];
  /** What stands in a watchlist. */
  listedIn(watchlist: string): readonly string[];
  /** Names of the profiles in the configuration file. */
  profiles(): readonly string[];
  /** Symbols of the cached master that begin with a text, with the exchange or without it. */
  symbols(prefix: string): readonly Candidate[];
  /** Shares, indices and commodities that have contracts, likewise. */
  underlyings(prefix: string): readonly Candidate[];
  /** The files and folders whose path begins with a text; folders end with a slash. */
  paths(prefix: string): readonly string[];
}

/** What may stand in the place of the word under the cursor. */
export interface Candidate {
  readonly text: string;
  readonly summary?: string;
  /** More of the same word may follow: no blank after it. */
  readonly isOpen?: true;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What the shell completes itself, behind this much of the word. */
  readonly native?: { readonly kind: 'files' | 'folders'; readonly behind: string };
}

const NOTHING: Completion = { candidates: [] };
/** Flags that no profile sets. */
const NO_SETTINGS: ReadonlySet<string> = new Set(['help', 'profile', 'where']);
const HELP_FLAG: FlagEntry = { name: 'help', char: 'h', summary: 'show help', values: false };
const VERSION_FLAG: FlagEntry = { name: 'version', summary: 'print the version', values: false };

/**
 * Completes a command line of the program.
 * @param before the words behind the name of the program, without their quotes
 * @param current the word that ends at the cursor, likewise
 */
export function complete(
  before: readonly string[],
  current: string,
  table: CompletionTable,
  sources: CompletionSources,
): Completion {
  if (before[0] === 'help') return completeHelp(before.slice(1), current, table);
  const { name, rest } = findCommand(before, table);
  const command = Object.hasOwn(table.commands, name) ? table.commands[name] : undefined;
  if (!command) {
    if (rest.length > 0) return NOTHING;
    if (current.startsWith('-')) return listFlags(current, name === '' ? [HELP_FLAG, VERSION_FLAG] : [HELP_FLAG], []);
    const help = name === '' ? [{ text: 'help', summary: 'explain a command or a topic' }] : [];
    return select(current, [...listWords(name, table), ...help]);
  }
  return new CommandLine(command, table, sources).complete(rest, current);
}

/** The command or the group that a line begins with, and the words after it. */
function findCommand(
  words: readonly string[],
  { commands, groups }: CompletionTable,
): { name: string; rest: string[] } {
  let name = '';
  let length = 0;
  for (let count = 1; count <= words.length; count++) {
    const longer = words.slice(0, count).join(' ');
    if (!Object.hasOwn(commands, longer) && !Object.hasOwn(groups, longer)) break;
    name = longer;
    length = count;
  }
  return { name, rest: words.slice(length) };
}

/** What may follow a group of commands, or the name of the program. */
function listWords(group: string, { commands, groups }: CompletionTable): Candidate[] {
  const begin = group === '' ? '' : `${group} `;
  const found = new Map<string, Candidate>();
  for (const name of Object.keys(commands).filter((one) => one.startsWith(begin))) {
    const [text = ''] = name.slice(begin.length).split(' ');
    const whole = begin + text;
    found.set(text, { text, summary: commands[whole]?.summary ?? groups[whole] ?? '' });
  }
  return [...found.values()];
}

function completeHelp(words: readonly string[], current: string, table: CompletionTable): Completion {
  const { name, rest } = findCommand(words, table);
  if (rest.length > 0 || Object.hasOwn(table.commands, name)) return NOTHING;
  const commands = listWords(name, table);
  const topics = name === '' ? Object.entries(table.topics).map(([text, summary]) => ({ text, summary })) : [];
  return select(current, [...commands, ...topics.filter(({ text }) => !commands.some((one) => one.text === text))]);
}

/** The flags that begin with what was typed, without those that were given and may be given only once. */
function listFlags(current: string, flags: readonly FlagEntry[], given: readonly FlagEntry[]): Completion {
  const left = flags.filter((flag) => flag.repeats || !given.includes(flag));
  const long = left.map(({ name, summary }) => ({ text: `--${name}`, summary }));
  const short = left.filter(({ char }) => current === `-${char}`).map(({ summary }) => ({ text: current, summary }));
  return select(current, [...short, ...long]);
}

const select = (current: string, candidates: readonly Candidate[]): Completion => ({
  candidates: candidates.filter(({ text }) => text.startsWith(current)),
});

/** Completes the flags and arguments of one command. */
class CommandLine {
  readonly #arguments: CommandEntry['arguments'];
  readonly #flags: readonly FlagEntry[];
  readonly #table: CompletionTable;
  readonly #sources: CompletionSources;

  constructor(command: CommandEntry, table: CompletionTable, sources: CompletionSources) {
    this.#arguments = command.arguments;
    this.#flags = command.flags.flatMap((place) => table.flags[place] ?? []);
    this.#table = table;
    this.#sources = sources;
  }

  complete(words: readonly string[], current: string): Completion {
    const given: FlagEntry[] = [];
    const positional: string[] = [];
    let awaited: FlagEntry | undefined;
    let isOver = false;
    for (const word of words) {
      if (awaited) awaited = undefined;
      else if (isOver || !/^-./.test(word)) positional.push(word);
      else if (word === '--') isOver = true;
      else {
        const { flag, isWhole } = this.#readFlag(word);
        if (flag) given.push(flag);
        if (flag?.values !== false && !isWhole) awaited = flag;
      }
    }
    if (awaited) return this.#completeValue(awaited.values || null, current, '');
    if (isOver || !current.startsWith('-')) return this.#completeArgument(positional, current);
    const { flag, value } = this.#readFlag(current);
    if (flag && value !== undefined) {
      return this.#completeValue(flag.values || null, value, current.slice(0, current.length - value.length));
    }
    return listFlags(current, this.#flags, given);
  }

  /** Reads `--flag`, `--flag=value`, `-f`, `-fvalue`, and short flags without values that stand together. */
  #readFlag(word: string): { flag?: FlagEntry | undefined; value?: string; isWhole: boolean } {
    const [, name, value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name !== undefined) {
      const flag = this.#flags.find((one) => one.name === name);
      return value === undefined ? { flag, isWhole: false } : { flag, value, isWhole: true };
    }
    for (let at = 1; at < word.length; at++) {
      const flag = this.#flags.find(({ char }) => char === word[at]);
      if (!flag) break;
      const rest = word.slice(at + 1);
      if (flag.values !== false) return rest === '' ? { flag, isWhole: false } : { flag, value: rest, isWhole: true };
      if (rest === '') return { flag, isWhole: true };
    }
    return { isWhole: true };
  }

  #completeArgument(positional: readonly string[], current: string): Completion {
    const last = this.#arguments.at(-1);
    const argument = this.#arguments[positional.length] ?? (last?.repeats ? last : undefined);
    if (argument?.values?.kind === 'listed') {
      const listed = this.#sources.listedIn(positional[0] ?? '').filter((symbol) => !positional.includes(symbol));
      return this.#completeValue({ kind: 'words', words: listed }, current, '');
    }
    if (argument?.values?.kind !== 'value-of-key') return this.#completeValue(argument?.values ?? null, current, '');
    const key = this.#table.flags.find(({ name }) => name === positional.at(-1));
    const values = key?.values === false ? ({ kind: 'words', words: ['true', 'false'] } as const) : key?.values;
    return this.#completeValue(values ?? null, current, '');
  }

  /** @param head what stands before the value in the word, as `--format=` */
  #completeValue(values: Values | null, typed: string, head: string): Completion {
    if (values === null) return NOTHING;
    if (values.kind === 'files' || values.kind === 'folders') {
      return { candidates: [], native: { kind: values.kind, behind: head } };
    }
    const candidates = this.#listValues(values, typed);
    return { candidates: head === '' ? candidates : candidates.map((one) => ({ ...one, text: head + one.text })) };
  }

  #listValues(values: Exclude<Values, { kind: 'files' | 'folders' }>, typed: string): readonly Candidate[] {
    const among = (words: readonly string[]): readonly Candidate[] => select(typed, words.map(describeWord)).candidates;
    switch (values.kind) {
      case 'words':
        return values.list ? completeList(typed, (last) => listUnused(values.words, typed, last)) : among(values.words);
      case 'feeds':
        if (!typed.startsWith('file:')) return among(values.words);
        return this.#sources.paths(typed.slice('file:'.length)).map((path) => describeWord(`file:${path}`));
      case 'symbols':
        return completeList(typed, (last) => this.#listSymbols(last));
      case 'underlyings':
        return this.#sources.underlyings(typed);
      case 'watchlists':
        return among(this.#sources.watchlists());
      case 'profiles':
        return among(this.#sources.profiles());
      case 'keys':
        return select(typed, listKeys(this.#table)).candidates;
      case 'listed':
      case 'value-of-key':
        return [];
    }
  }

  #listSymbols(typed: string): readonly Candidate[] {
    const lists = this.#sources.watchlists().map((name) => ({ text: `@${name}` }));
    const named = lists.filter(({ text }) => text.startsWith(typed));
    return typed.startsWith('@') ? named : [...named, ...this.#sources.symbols(typed)];
  }
}

/** A word that ends in `=`, `:` or `/` is to be continued. */
function describeWord(text: string): Candidate {
  return /[=:/]$/.test(text) ? { text, isOpen: true } : { text };
}

/** Completes what stands behind the last comma. Another comma may follow, so there is no blank. */
function completeList(typed: string, list: (last: string) => readonly Candidate[]): readonly Candidate[] {
  const comma = typed.lastIndexOf(',') + 1;
  const head = typed.slice(0, comma);
  return list(typed.slice(comma)).map((one) => ({ ...one, text: head + one.text }));
}

/** The words that begin with what was typed last and do not stand in the list yet. */
function listUnused(words: readonly string[], typed: string, last: string): readonly Candidate[] {
  const used = new Set(typed.split(',').slice(0, -1));
  return words.filter((word) => word.startsWith(last) && !used.has(word)).map((text) => ({ text, isOpen: true }));
}

/** What a profile may set: every flag but those that `config` refuses. */
function listKeys({ flags }: CompletionTable): Candidate[] {
  const summaries = new Map(flags.map(({ name, summary }) => [name, summary]));
  return [...summaries].filter(([name]) => !NO_SETTINGS.has(name)).map(([text, summary]) => ({ text, summary }));
}
