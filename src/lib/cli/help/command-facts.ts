import type { Environment } from '../program/program.ts';

/** What the manifest says about a flag. */
export interface FlagFacts {
  readonly name: string;
  readonly type: 'boolean' | 'option';
  readonly char?: string | undefined;
  readonly summary?: string | undefined;
  readonly helpGroup?: string | undefined;
  readonly helpValue?: string | readonly string[] | undefined;
  readonly options?: readonly string[] | undefined;
  readonly default?: unknown;
  readonly allowNo?: boolean | undefined;
  readonly hidden?: boolean | undefined;
}

/** What the manifest says about a command. */
export interface CommandFacts {
  readonly id: string;
  readonly hidden?: boolean;
  readonly flags: Readonly<Record<string, FlagFacts>>;
}

/** What a topic is written from, beside its own module. */
export interface TopicContext {
  readonly commands: readonly CommandFacts[];
  /** To name this user's own paths; absent in pages for everybody. */
  readonly env?: Environment;
}

/** What stands for a value in `describeFlag` and needs an explanation. */
export const PLACEHOLDERS =
  'A `<time>` is a number with its unit, such as 250ms, 90s, 5m or 1h30m; a number alone is seconds. A `<size>` is one such as 256MB.';

/** A flag as people type it, with what stands for its value: `--format ndjson|csv|table`. */
export function describeFlag({ name, type, helpValue, options, allowNo }: FlagFacts): string {
  const value = type === 'option' ? ` ${helpValue ?? options?.join('|') ?? '<value>'}` : '';
  return `--${type === 'boolean' && allowNo ? `[no-]${name}` : name}${value}`;
}

/** The command whose flags the topics explain: it has most of those that others have. */
const MODEL_COMMAND = 'stream:symbols';

/** The flags of the command that has most of them, or those of one group. */
export function listModelFlags({ commands }: TopicContext, group?: string): FlagFacts[] {
  const flags = Object.values(commands.find(({ id }) => id === MODEL_COMMAND)?.flags ?? {});
  return flags.filter(({ helpGroup }) => group === undefined || helpGroup === group);
}

/** The flags of all commands by name, each once. */
export function listFlags(context: TopicContext): FlagFacts[] {
  const visible = context.commands.filter(({ hidden }) => !hidden).flatMap(({ flags }) => Object.values(flags));
  const flags = new Map([...visible, ...listModelFlags(context)].map((flag) => [flag.name, flag]));
  return [...flags.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a flag means. Where commands differ, those are named that have another meaning than most. */
export function describeMeaning(name: string, { commands }: TopicContext): string {
  const users = new Map<string, string[]>();
  for (const { id, hidden, flags } of commands) {
    const flag = flags[name];
    if (flag === undefined || hidden) continue;
    const { summary = '' } = flag;
    users.set(summary, [...(users.get(summary) ?? []), `\`${id.replaceAll(':', ' ')}\``]);
  }
  const meanings = [...users].sort(([, a], [, b]) => b.length - a.length);
  const others = meanings.slice(1).flatMap(([, ids]) => ids).length;
  return meanings
    .map(([summary, ids], at) => (at === 0 && ids.length > others ? summary : `${ids.join(', ')}: ${summary}`))
    .join('. ');
}

/** The defaults that a flag has in different commands. */
export function describeDefaults(name: string, { commands }: TopicContext): string {
  const flags = commands.flatMap(({ hidden, flags }) => (hidden || flags[name] === undefined ? [] : [flags[name]]));
  return [...new Set(flags.map(describeDefault))].filter((value) => value !== '').join(' or ');
}

/** A flag's default as people type it; `''` without one. */
export function describeDefault(flag: FlagFacts): string {
  return flag.type === 'option' && flag.default !== undefined ? String(flag.default) : '';
}

/** The groups of flags in this order; others stand before the last. */
const GROUPS = ['source', 'output', 'limits', 'connection', 'diagnostics'];

/** Sorts groups of flags; flags without a group come first. */
export function placeOfGroup(group: string | undefined): number {
  if (group === undefined) return -1;
  return GROUPS.includes(group) ? GROUPS.indexOf(group) : GROUPS.length - 1.5;
}
