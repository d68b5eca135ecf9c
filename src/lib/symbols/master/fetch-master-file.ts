import { pause } from '../../clock/abort.ts';
import type { Clock } from '../../clock/clock.ts';
import { DAY_MS } from '../../clock/ist.ts';
import { codedError, TickpipeError } from '../../errors/tickpipe-error.ts';
import { AttemptError } from '../../network/failure.ts';
import type { Outgoing } from '../../network/route.ts';
import { CsvParser } from './csv-parser.ts';
import { download } from './download.ts';
import { ExtraFactsParser } from './extra-facts.ts';
import { NotEntries } from './json-entries.ts';
import { MasterFile } from './master-file.ts';
import { type ExtraFacts, MasterFileBuilder } from './master-file-builder.ts';
import { SOURCE_FILES } from './source-files.ts';
import type { MasterFileName, RefreshProgress } from './symbol-master.ts';

/** The largest CSV of today has 15 MB, the largest JSON 90 MB. */
const MAX_CSV_BYTES = 128 * 1024 * 1024;
const MAX_JSON_BYTES = 512 * 1024 * 1024;
const RETRY_MS = 1_000;
/** A file with fewer rows than this part of the cached one is not believed, as long as that one is young. */
const MIN_PART_OF_CACHED = 0.5;
const YOUNG_MS = 7 * DAY_MS;

export interface FetchOptions {
  /** Without a slash at its end. */
  readonly url: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly outgoing: Outgoing;
  readonly onProgress?: ((progress: RefreshProgress) => void) | undefined;
}

export interface FetchedFile {
  readonly file: MasterFile;
  /** What is to be written to the cache. */
  readonly bytes: Buffer;
  readonly outcome: 'updated' | 'unchanged';
  /** The file can be used, but lacks its lots. */
  readonly problem: TickpipeError | undefined;
}

/**
 * Fetches a file of the master, or has the cached one confirmed. Where the CSV lacks the lots they come from the JSON file; when
 * that fails, the file is without them until the next refresh. Throws coded errors, or the signal's reason.
 */
export async function fetchMasterFile(
  name: MasterFileName,
  cached: MasterFile | undefined,
  options: FetchOptions,
): Promise<FetchedFile> {
  const fetched = await tryTwice(options, () => fetchCsv(name, cached, options));
  const nowMs = options.clock.now();
  const file = fetched ?? cached;
  if (file === undefined) throw refused(`${name}.csv: the server confirmed a file that was never fetched`);
  const outcome = fetched === undefined ? 'unchanged' : 'updated';
  if (!SOURCE_FILES[name].lotsInJson || file.facts.hasExtras) return finish(file.confirm(nowMs), outcome, undefined);
  try {
    const extras = await tryTwice(options, () => fetchExtras(name, options));
    return finish(addExtras(file, extras, nowMs), outcome, undefined);
  } catch (error) {
    options.signal.throwIfAborted();
    const { message, code, hint } = codedError(error, 'the lots cannot be read');
    return finish(
      file.confirm(nowMs),
      outcome,
      new TickpipeError(code, `${name} lacks its lots: ${message}`, { hint }),
    );
  }
}

function finish(bytes: Buffer, outcome: FetchedFile['outcome'], problem: TickpipeError | undefined): FetchedFile {
  const file = MasterFile.read(bytes);
  if (file === undefined) throw new TickpipeError('BUG', 'the cached form of the symbol master cannot be read back');
  return { file, bytes, outcome, problem };
}

async function tryTwice<T>({ clock, signal }: FetchOptions, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof AttemptError) || !error.isPassing) throw error;
  }
  await pause(clock, RETRY_MS, signal);
  return attempt();
}

/** A new content; `undefined` when the cached one was confirmed. */
async function fetchCsv(
  name: MasterFileName,
  cached: MasterFile | undefined,
  { url, clock, signal, outgoing, onProgress }: FetchOptions,
): Promise<MasterFile | undefined> {
  const parser = new CsvParser(name);
  const answer = await download(new URL(`${url}/${name}.csv`), {
    clock,
    signal,
    outgoing,
    maxBytes: MAX_CSV_BYTES,
    etag: cached?.facts.etag,
    lastModified: cached?.facts.lastModified,
    onChunk: (chunk) => parser.write(chunk),
    onProgress: (receivedBytes, totalBytes) => onProgress?.({ name, receivedBytes, totalBytes }),
  });
  if (answer === 'unchanged') return undefined;
  const { builder, isCut } = parser.end();
  const nowMs = clock.now();
  checkRows(name, builder, isCut && !answer.isKnownWhole, cached, nowMs);
  const { etag, lastModified } = answer;
  const bytes = builder.build({ name, etag, lastModified, fetchedAtMs: nowMs, checkedAtMs: nowMs, hasExtras: false });
  return MasterFile.read(bytes);
}

/** Throws `SYMBOL_MASTER_REFUSED` for what must not replace a good file: another format, a part of a file. */
function checkRows(
  name: MasterFileName,
  { rows, skippedRows }: MasterFileBuilder,
  isCut: boolean,
  cached: MasterFile | undefined,
  nowMs: number,
): void {
  if (rows === 0) throw refused(`${name}.csv has no row of a symbol master`);
  if (skippedRows > rows)
    throw refused(`${name}.csv is not a symbol master: ${skippedRows} of its rows cannot be read`);
  if (isCut) throw refused(`${name}.csv ends in the middle of a row`);
  if (cached === undefined || nowMs - cached.facts.fetchedAtMs > YOUNG_MS) return;
  if (rows < cached.rows * MIN_PART_OF_CACHED) {
    throw refused(`${name}.csv has only ${rows} rows, and ${cached.rows} in the cache`);
  }
}

async function fetchExtras(
  name: MasterFileName,
  { url, clock, signal, outgoing, onProgress }: FetchOptions,
): Promise<ReadonlyMap<string, ExtraFacts>> {
  const parser = new ExtraFactsParser();
  try {
    await download(new URL(`${url}/${name}_sym_master.json`), {
      clock,
      signal,
      outgoing,
      maxBytes: MAX_JSON_BYTES,
      onChunk: (chunk) => parser.write(chunk),
      onProgress: (receivedBytes, totalBytes) => onProgress?.({ name, receivedBytes, totalBytes }),
    });
    return parser.end();
  } catch (error) {
    if (error instanceof NotEntries) throw refused(`${name}_sym_master.json cannot be read: ${error.message}`);
    throw error;
  }
}

/** The bytes of a file with what the JSON says of its instruments. */
function addExtras(file: MasterFile, extras: ReadonlyMap<string, ExtraFacts>, checkedAtMs: number): Buffer {
  const builder = new MasterFileBuilder();
  for (let row = 0; row < file.rows; row++) {
    const instrument = file.instrumentAt(row);
    builder.add({ ...instrument, ...extras.get(instrument.symbol) });
  }
  builder.skippedRows = file.facts.skippedRows;
  return builder.build({ ...file.facts, checkedAtMs, hasExtras: true });
}

const refused = (message: string): TickpipeError => new TickpipeError('SYMBOL_MASTER_REFUSED', message);
