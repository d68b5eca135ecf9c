import { unlink } from 'node:fs/promises';
import { EXIT, type ExitStatus } from '../../errors/catalogue.ts';
import { errnoOf } from '../../errors/errno.ts';
import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { changeTextFile } from '../../host/change-text-file.ts';
import { describeInputFailure } from '../../host/read-input.ts';
import { normalizeSymbol } from '../../market/symbols.ts';
import { outputFailed } from '../../output/writer/write-error.ts';
import { isTable, parseSymbolList } from '../../symbols/symbol-list.ts';
import {
  findWatchlists,
  listWatchlists,
  nameWatchlistFile,
  WATCHLIST_MARK,
  watchlistFileOf,
} from '../../symbols/watchlist-files.ts';
import { appendEntries, removeEntries } from '../../symbols/watchlist-text.ts';
import { nameSome } from '../../text/join-words.ts';
import { expandWatchlists, readWatchlist, unknownWatchlist } from '../command/expand-watchlists.ts';
import { MAX_LIST_BYTES, type SymbolEntry } from '../command/symbol-entries.ts';
import type { CommandContext } from '../program/program.ts';

/** The names of the user's watchlists. Warns of files that can be none. Throws `INPUT_MISSING`. */
export function listNames({ program, reporter }: CommandContext): readonly string[] {
  try {
    const { names, others } = listWatchlists(program.env);
    for (const file of others) {
      reporter.warn(`watchlists/${file} is left out: names have letters, digits, ".", "_" and "-"`, {
        event: 'name',
        file,
      });
    }
    if (names.length === 0)
      reporter.info('there are no watchlists yet; tickpipe watchlist add NAME SYMBOL... makes one');
    return names;
  } catch (error) {
    const reason = describeInputFailure(error);
    throw new TickpipeError('INPUT_MISSING', `the folder of the watchlists cannot be read: ${reason}`);
  }
}

/** The symbols of a watchlist, also those of the watchlists that it names. Throws as `expandWatchlists`. */
export async function readWatchlistSymbols(name: string, { program, signal }: CommandContext): Promise<string[]> {
  const entry: SymbolEntry = { kind: 'watchlist', name, place: undefined };
  return [...(await expandWatchlists([entry], { env: program.env, signal })).keys()];
}

/**
 * Adds entries at the end of a watchlist, which is made when it is missing. What it has already is not added again. Throws
 * `UNKNOWN_WATCHLIST` and `WATCHLIST_CIRCLE` for watchlists among the entries, `USAGE` for a table, `OUTPUT_FAILED`.
 */
export async function addToWatchlist(
  name: string,
  entries: readonly SymbolEntry[],
  context: CommandContext,
): Promise<ExitStatus> {
  const { program, reporter, signal } = context;
  // A watchlist that is added has to be one, and must not lead back here.
  await expandWatchlists(entries, { env: program.env, signal }, [name]);
  const wanted = [...new Set(entries.map(writeEntry))];
  let added: string[] = [];
  await changeWatchlist(name, context, async (text) => {
    const present =
      text === undefined ? new Set() : new Set((await parseSymbolList(text)).map(({ text }) => keyOf(text)));
    added = wanted.filter((entry) => !present.has(entry));
    return added.length === 0 ? text : appendEntries(text ?? '', added);
  });
  const isAdded = new Set(added);
  const already = wanted.filter((entry) => !isAdded.has(entry));
  if (already.length > 0)
    reporter.info(`${nameSome(already)} ${already.length === 1 ? 'is' : 'are'} in ${name} already`);
  if (added.length === 0) return EXIT.done;
  reporter.info(`added ${nameSome(added)} to ${name}`);
  const { warnOfUnlisted } = await import('./warn-of-unlisted.ts');
  await warnOfUnlisted(
    added.filter((entry) => !entry.startsWith(WATCHLIST_MARK)),
    context,
  );
  return EXIT.done;
}

/** Removes entries from a watchlist. Resolves to 3 when it does not have one of them. Throws as `addToWatchlist`. */
export async function removeFromWatchlist(
  name: string,
  entries: readonly SymbolEntry[],
  context: CommandContext,
): Promise<ExitStatus> {
  const { program, reporter } = context;
  const wanted = new Set(entries.map(writeEntry));
  const removed = new Set<string>();
  await changeWatchlist(name, context, async (text) => {
    if (text === undefined) throw unknownWatchlist(name, program.env);
    return removeEntries(text, (entry) => {
      const key = keyOf(entry);
      if (wanted.has(key)) removed.add(key);
      return wanted.has(key);
    });
  });
  if (removed.size > 0) reporter.info(`removed ${nameSome([...removed])} from ${name}`);
  const missing = [...wanted].filter((entry) => !removed.has(entry));
  if (missing.length === 0) return EXIT.done;
  const verb = missing.length === 1 ? 'is' : 'are';
  reporter.shortfall(`${nameSome(missing)} ${verb} not in ${name}`, { event: 'not_in_list', symbols: missing });
  return EXIT.partly;
}

/** Deletes a watchlist; of a link the link. Warns of watchlists that name it. Throws `UNKNOWN_WATCHLIST`, `OUTPUT_FAILED`. */
export async function deleteWatchlist(name: string, context: CommandContext): Promise<void> {
  const { program, reporter } = context;
  const file = watchlistFileOf(program.env, name);
  try {
    await unlink(file);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw unknownWatchlist(name, program.env);
    throw outputFailed(file, error);
  }
  reporter.info(`deleted ${nameWatchlistFile(name)}`);
  for (const place of await findMentions(name, context)) {
    reporter.warn(`${place} still names ${WATCHLIST_MARK}${name}`, { event: 'mention', place });
  }
}

/** Where other watchlists name this one. Those that cannot be read are left out. */
async function findMentions(name: string, { program, signal }: CommandContext): Promise<string[]> {
  const access = { env: program.env, signal };
  const lists = await Promise.all(
    findWatchlists(program.env).map((other) => readWatchlist(other, undefined, access).catch(() => [])),
  );
  return lists
    .flat()
    .flatMap((entry) => (entry.kind === 'watchlist' && entry.name === name ? [entry.place ?? ''] : []));
}

async function changeWatchlist(
  name: string,
  { program, signal }: CommandContext,
  change: (text: string | undefined) => Promise<string | undefined>,
): Promise<void> {
  const { env, clock } = program;
  const file = watchlistFileOf(env, name);
  try {
    await changeTextFile(file, { env, clock, signal, maxBytes: MAX_LIST_BYTES, makesDirectory: true }, async (text) => {
      if (text !== undefined && (await isTable(text))) throw refuseTable(name);
      return change(text);
    });
  } catch (error) {
    throw errnoOf(error) === undefined ? error : outputFailed(file, error);
  }
}

/** A row of a table has more cells than the symbol, which the tool cannot make up. */
function refuseTable(name: string): TickpipeError {
  return new TickpipeError(
    'USAGE',
    `${nameWatchlistFile(name)} is a table with a header: it can be read, but not changed`,
    {
      hint: `make a plain list of it: tickpipe watchlist show ${name} | tickpipe watchlist add NAME -`,
    },
  );
}

function writeEntry({ kind, name }: SymbolEntry): string {
  return kind === 'watchlist' ? `${WATCHLIST_MARK}${name}` : name;
}

/** The same of an entry of a list, which may be malformed: then as it stands there. */
function keyOf(text: string): string {
  try {
    return text.startsWith(WATCHLIST_MARK) ? text : normalizeSymbol(text);
  } catch {
    return text;
  }
}
